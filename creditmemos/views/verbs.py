"""The verbs on one memo: each a form in a dialog, or a page without JavaScript."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.operations.voiding import void_memo
from billing.queries.documents import run_of
from companies.domain.refusals import OwnCompany
from core.errors import Refusal
from core.formats import amount_text
from core.labels import badge_text
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.balance import CLOSED, OPEN, UNAPPLIED
from creditmemos.domain.wording import CLOSE, REOPEN
from creditmemos.forms.verbs import VoidForm
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import needs_second_person
from creditmemos.queries.standing import memos_with_standing
from creditmemos.views.actions import closable
from web.access import is_partial
from web.forms import PageForm, ReasonForm
from web.views import VerbView
from web.views.form import DIALOG


class MemoVerb(VerbView):
    """What all verbs share: the memo's figures above the form, read afresh after a refusal."""

    object_name = "memo"
    template_name = "creditmemos/verb.html"
    facts_template = "creditmemos/_verb_facts.html"
    form_class: ClassVar[Any] = ReasonForm

    def queryset(self) -> QuerySet[CreditMemo]:
        """Memos that the member sees."""
        return memos_with_standing(self.member)

    def back_url(self) -> str:
        """The memo's page."""
        return reverse("creditmemos:detail", args=[self.object.pk])

    def obstacle(self) -> str:
        """Why the verb can't work now, in words; empty when it can."""
        return ""

    def amount(self, minor: int) -> str:
        """An amount of the memo's currency."""
        return amount_text(minor, self.object.currency)

    def stands(self) -> str:
        """The memo's number and status in a sentence."""
        status = badge_text("creditmemo", self.object.status).lower()
        return _("%(memo)s is %(status)s.") % {"memo": self.object, "status": status}

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The form, or what stands in its way."""
        text = str(OwnCompany.text) if self.object.is_own else self.obstacle()
        return self._cannot(request, text) if text else super().get(request)

    def _cannot(self, request: HttpRequest, text: str) -> HttpResponse:
        in_dialog = is_partial(request, DIALOG)
        template = "creditmemos/_cannot.html" if in_dialog else "creditmemos/cannot.html"
        context = {"title": self.heading(), "text": text, "back_url": self.back_url(), "in_dialog": in_dialog}
        return render(request, template, {**context, "view": self, "memo": self.object})

    def show(self, form: PageForm, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The form; after a refusal with the figures as they are now."""
        if refusal is not None:
            self.object = self.queryset().get(pk=self.object.pk)
        return super().show(form, status=status, refusal=refusal)


class Void(MemoVerb):
    """End an unapplied memo."""

    permission = "creditmemos.void"
    title = gettext_lazy("Void")
    button = gettext_lazy("Void it")
    tone = "danger"
    form_class = VoidForm

    def form_options(self) -> dict[str, Any]:
        """What a run credited may be credited again."""
        return {"of_run": run_of(memo=self.object) is not None}

    def obstacle(self) -> str:
        """Only an unapplied memo can be voided."""
        if self.object.payout_pending:
            return _("%(memo)s is being paid out; wait until that ends.") % {"memo": self.object}
        return "" if self.object.status == UNAPPLIED else self.stands()

    def consequence(self) -> str:
        """What is lost, and what stays."""
        if self.object.source == CreditMemo.Source.AD_HOC:
            text = _("The credit of %(amount)s ends for good. The number stays taken.")
        else:
            text = _(
                "The credit of %(amount)s ends for good. The number stays taken, and what was credited of the invoice "
                "can be credited again."
            )
        return text % {"amount": self.amount(self.object.balance)}

    def perform(self, form: Any) -> CreditMemo:
        """Void it."""
        reason = form.cleaned_data["reason"]
        return void_memo(memo=self.object, reason=reason, actor=self.member.actor, now=self.now, then=form.chosen)

    def message(self, result: CreditMemo) -> str:
        """Name it."""
        return _("%(memo)s is voided.") % {"memo": result}


class Close(MemoVerb):
    """Write off what is left, or ask a second person to."""

    permission = "creditmemos.close"
    title = gettext_lazy("Close")
    button = gettext_lazy("Write it off")
    tone = "danger"

    def obstacle(self) -> str:
        """What the guards of closing would say."""
        memo = self.object
        if memo.waiting_verb == CLOSE:
            return _("A second person was asked to close %(memo)s already.") % {"memo": memo}
        if not closable(memo):
            return _("This marketplace does not close credit memos.")
        if memo.payout_pending:
            return _("%(memo)s is being paid out; wait until that ends.") % {"memo": memo}
        return "" if memo.status in OPEN else self.stands()

    def consequence(self) -> str:
        """What is written off, and whether somebody else is asked."""
        memo = self.object
        text = _("%(amount)s of %(company)s is written off and can't be used any more.") % {
            "amount": self.amount(memo.balance),
            "company": memo.payer_name,
        }
        asks = needs_second_person(
            memo.marketplace.settings,
            amount=memo.balance,
            payer_id=memo.payer_id,
            actor=self.member.actor,
            now=timezone.now(),
        )
        return (
            f"{text} {_('This is more than you may write off alone, so a second person is asked.')}" if asks else text
        )

    def perform(self, form: Any) -> CreditMemo | Approval:
        """Close it, or ask."""
        reason = form.cleaned_data["reason"]
        return operations.close(memo=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: CreditMemo | Approval) -> str:
        """Closed, or waiting."""
        if isinstance(result, Approval):
            return _("A second person is asked to close %(memo)s.") % {"memo": self.object}
        return _("%(memo)s is closed; %(amount)s was written off.") % {
            "memo": result,
            "amount": self.amount(result.written_off),
        }


class Reopen(MemoVerb):
    """Ask a second person to take the write-off back."""

    permission = "creditmemos.reopen"
    title = gettext_lazy("Reopen")
    button = gettext_lazy("Ask a second person")

    def obstacle(self) -> str:
        """Only a closed memo can be reopened, and one request is enough."""
        if self.object.waiting_verb == REOPEN:
            return _("A second person was asked to reopen %(memo)s already.") % {"memo": self.object}
        return "" if self.object.status == CLOSED else self.stands()

    def consequence(self) -> str:
        """What comes back."""
        return _("Once a second person agrees, %(amount)s of %(company)s can be used again.") % {
            "amount": self.amount(self.object.written_off),
            "company": self.object.payer_name,
        }

    def perform(self, form: Any) -> Approval:
        """Ask."""
        reason = form.cleaned_data["reason"]
        return operations.reopen(memo=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, _result: Approval) -> str:
        """Waiting."""
        return _("A second person is asked to reopen %(memo)s.") % {"memo": self.object}
