"""Verbs on the memos that were selected in the list: the whole batch or nothing, each row's reason shown."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from billing.operations.voiding import void_memo
from core.errors import Refusal
from core.formats import amount_text
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import holding, voiding
from creditmemos.operations.batch import BatchRefused, in_batch
from web.access import chosen_or_404, require, viewer
from web.forms import NoFields, PageForm, ReasonForm
from web.views import FormPage

MOST = 100


class Batch(FormPage):
    """The first POST comes from the list and shows the form; the second one, with the form's token, does it."""

    template_name = "creditmemos/verb.html"
    facts_template = "creditmemos/_batch.html"
    done_text: ClassVar[Any]
    effect: ClassVar[str | Promise]
    memos: list[CreditMemo]
    refusals: dict[int, Refusal]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Load the selection: one id that the member doesn't see refuses it whole, one without the right too."""
        self.refusals = {}
        if viewer(request) is not None and request.method == "POST":
            found = CreditMemo.objects.visible_to(viewer(request))  # type: ignore[arg-type]
            self.memos = chosen_or_404(found, request.POST.getlist("pk"), most=MOST)
            for memo in self.memos:
                require(request, self.permission, memo)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Nothing is selected in an address."""
        return redirect("creditmemos:list")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what was selected, or do it."""
        if not self.memos:
            messages.warning(request, _("Select credit memos first."))
            return redirect("creditmemos:list")
        if "token" not in request.POST:
            return self.show(self.form_class())
        return super().post(request, *args, **kwargs)

    def verb(self, form: Any, now: datetime) -> Callable[[CreditMemo], object]:
        """What is done to each."""
        raise NotImplementedError

    def perform(self, form: Any) -> int:
        """All or none."""
        return in_batch(memos=self.memos, verb=self.verb(form, self.now), actor=self.member.actor)

    def show(self, form: PageForm, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The rows with their refusals, and the figures as they are now."""
        if isinstance(refusal, BatchRefused):
            self.refusals = refusal.facts["refusals"]  # type: ignore[assignment]
            ids = [memo.pk for memo in self.memos]
            self.memos = list(CreditMemo.objects.visible_to(self.member).filter(pk__in=ids).order_by("pk"))
        return super().show(form, status=status, refusal=refusal)

    def heading(self) -> str:
        """Verb and count."""
        text = ngettext("%(verb)s %(n)s credit memo", "%(verb)s %(n)s credit memos", len(self.memos))
        return text % {"verb": self.title, "n": len(self.memos)}

    def consequence(self) -> str:
        """What happens, and the sum that it is about."""
        balance = sum(memo.balance for memo in self.memos)
        return f"{self.effect} " + _("Total remaining: %(amount)s.") % {
            "amount": amount_text(balance, self.member.marketplace.currency)
        }

    def context(self) -> dict[str, Any]:
        """The selection."""
        return {"rows": [(memo, self.refusals.get(memo.pk)) for memo in self.memos]}

    def back_url(self) -> str:
        """The list."""
        return reverse("creditmemos:list")

    def success_url(self, _result: int) -> str:
        """The list."""
        return self.back_url()

    def message(self, result: int) -> str:
        """How many."""
        return str(self.done_text % {"n": result})


class BulkVoid(Batch):
    """Void unapplied memos, with one reason."""

    permission = voiding.PERMISSION
    title = gettext_lazy("Void")
    button = gettext_lazy("Void credit memos")
    tone = "danger"
    form_class = ReasonForm
    effect = gettext_lazy(
        "Their credit is cancelled permanently, and their numbers are not reused. Credit given by "
        "billing runs is given again by the next run."
    )
    done_text = ngettext_lazy("%(n)s credit memo has been voided.", "%(n)s credit memos have been voided.", "n")

    def verb(self, form: Any, now: datetime) -> Callable[[CreditMemo], object]:
        """Void it."""
        reason, actor = form.cleaned_data["reason"], self.member.actor
        return lambda memo: void_memo(memo=memo, reason=reason, actor=actor, now=now)


class BulkHold(Batch):
    """Keep memos out of automatic use."""

    permission = holding.PERMISSION
    title = gettext_lazy("Hold credit")
    button = gettext_lazy("Hold credit")
    form_class = NoFields
    effect = gettext_lazy("They are not applied automatically, and customers can't apply them.")
    done_text = ngettext_lazy("%(n)s credit memo is on hold.", "%(n)s credit memos are on hold.", "n")

    def verb(self, form: Any, now: datetime) -> Callable[[CreditMemo], object]:  # noqa: ARG002
        """Hold it."""
        return lambda memo: operations.hold(memo=memo, actor=self.member.actor, now=now)


class BulkRelease(Batch):
    """Let automatic use have memos again."""

    permission = holding.PERMISSION
    title = gettext_lazy("Release hold")
    button = gettext_lazy("Release holds")
    form_class = NoFields
    effect = gettext_lazy("They may be applied automatically, at once where invoices are open.")
    done_text = ngettext_lazy("%(n)s credit memo has been released.", "%(n)s credit memos have been released.", "n")

    def verb(self, form: Any, now: datetime) -> Callable[[CreditMemo], object]:  # noqa: ARG002
        """Release it."""
        return lambda memo: operations.release(memo=memo, actor=self.member.actor, now=now)
