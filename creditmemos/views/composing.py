"""What the forms that make a memo share: figures that follow as one types, and a page that forgets nothing."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.models import MarketplaceSettings
from core.errors import Refusal
from core.formats import amount_text
from creditmemos.domain.balance import AWAITING
from creditmemos.models import CreditMemo
from creditmemos.operations.drafts import PERMISSION
from creditmemos.operations.guards import needs_second_person
from web.forms import composed_data
from web.views import FormPage
from web.views.calling import Answer, answered

LIVE = "live"


class Composing(FormPage):
    """A form with lines. ``go`` in the sent form asks for the page again (another page of lines, one line more) or,
    when it is ``live``, for the figures alone; without it the memo is issued.
    """

    permission = PERMISSION
    live_template: ClassVar[str]
    form: Any

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Issue, or show what would be issued."""
        go = request.POST.get("go", "")
        if not go:
            before = self._answered(request)
            return self.done(before) if before else super().post(request, *args, **kwargs)
        form: Any = self.make_form(composed_data(request.POST))
        form.forgive()
        if go == LIVE:
            self.form = form
            return render(request, self.live_template, {"form": form, "view": self, **self.live(form)})
        return self.show(form)

    def cannot(self, refusal: Refusal) -> HttpResponse:
        """What stands in the way, in a page of its own: there are no figures yet."""
        context = {"title": self.heading(), "text": refusal.message, "back_url": self.back_url(), "thing": self.thing}
        return render(self.request, "creditmemos/cannot_create.html", context)

    @property
    def thing(self) -> object:
        """What Back leads to."""
        return _("Credit memos")

    def _answered(self, request: HttpRequest) -> Answer | None:
        """The answer to this very form, sent before: by now its lines may have no room left, and look wrong."""
        operation = f"form:{request.path}"[:60]
        return answered(actor=self.member.actor, operation=operation, key=self.key, data=request.POST)

    def show(self, form: Any, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The page, with its figures."""
        self.form = form
        return super().show(form, status=status, refusal=refusal)

    def live(self, form: Any) -> dict[str, Any]:
        """The figures that follow."""
        raise NotImplementedError

    def asks_second(self, settings: MarketplaceSettings, amount: int, payer_id: int) -> bool:
        """Whether issuing this amount would wait for a second person."""
        if amount <= 0:
            return False
        actor, now = self.member.actor, timezone.now()
        return needs_second_person(settings, amount=amount, payer_id=payer_id, actor=actor, now=now)

    def success_url(self, result: CreditMemo) -> str:
        """The memo's page."""
        return reverse("creditmemos:detail", args=[result.pk])

    def message(self, result: CreditMemo) -> str:
        """Issued, used, or waiting for a second person."""
        if result.status == AWAITING:
            return _("Credit memo sent for approval.")
        text = _("%(memo)s for %(amount)s has been issued.") % {
            "memo": result,
            "amount": amount_text(result.total, result.currency),
        }
        if not result.applied:
            return text
        return (
            text
            + " "
            + _("%(amount)s was applied to %(invoice)s.")
            % {
                "amount": amount_text(result.applied, result.currency),
                "invoice": result.source_invoice,
            }
        )
