"""The verbs on one memo: each a form in a dialog, or a page without JavaScript."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.operations.voiding import check_void_memo, void_memo
from billing.queries.documents import run_of
from core.formats import amount_text
from core.models import Approval
from creditmemos import operations
from creditmemos.forms.verbs import VoidForm
from creditmemos.models import CreditMemo
from creditmemos.operations import closing, reopening, voiding
from creditmemos.operations.guards import needs_second_person
from creditmemos.queries.annotated import annotated_memos
from creditmemos.queries.sources import sources_of
from web.forms import ReasonForm
from web.views import VerbView


class MemoVerb(VerbView):
    """What all verbs share: the memo's figures above the form, read afresh after a refusal."""

    object_name = "memo"
    template_name = "creditmemos/verb.html"
    facts_template = "creditmemos/_verb_facts.html"
    cannot_template = "creditmemos/cannot.html"
    cannot_body = "creditmemos/_cannot.html"
    form_class: ClassVar[Any] = ReasonForm

    def queryset(self) -> QuerySet[CreditMemo]:
        """Memos that the member sees."""
        return annotated_memos(self.member)

    def back_url(self) -> str:
        """The memo's page."""
        return reverse("creditmemos:detail", args=[self.object.pk])

    def amount(self, minor: int) -> str:
        """An amount of the memo's currency."""
        return amount_text(minor, self.object.currency)


def end_of_credit(memo: CreditMemo) -> str:
    """What is lost when an unapplied memo is voided, and what stays; one query, of a memo that credits invoices."""
    if memo.source == CreditMemo.Source.AD_HOC:
        text = _("The credit of %(amount)s is cancelled permanently. The number is not reused.")
    else:
        text = ngettext(
            "The credit of %(amount)s is cancelled permanently. The number is not reused, and what was "
            "credited of the invoice can be credited again.",
            "The credit of %(amount)s is cancelled permanently. The number is not reused, and what was "
            "credited of the invoices can be credited again.",
            len(sources_of([memo.pk])[memo.pk]) or 1,
        )
    return text % {"amount": amount_text(memo.balance, memo.currency)}


class Void(MemoVerb):
    """End an unapplied memo."""

    permission = voiding.PERMISSION
    title = gettext_lazy("Void")
    button = gettext_lazy("Void credit memo")
    tone = "danger"
    form_class = VoidForm

    def form_options(self) -> dict[str, Any]:
        """What a run credited may be credited again."""
        return {"of_run": run_of(memo=self.object) is not None}

    def check(self) -> None:
        """Ask the guards."""
        check_void_memo(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What is lost, and what stays."""
        return end_of_credit(self.object)

    def perform(self, form: Any) -> CreditMemo:
        """Void it."""
        reason = form.cleaned_data["reason"]
        return void_memo(memo=self.object, reason=reason, actor=self.member.actor, now=self.now, then=form.chosen)

    def message(self, result: CreditMemo) -> str:
        """Name it."""
        return _("%(memo)s has been voided.") % {"memo": result}


class Close(MemoVerb):
    """Write off what is left, or ask a second person to."""

    permission = closing.PERMISSION
    title = gettext_lazy("Close")
    tone = "danger"

    def check(self) -> None:
        """Ask the guards."""
        closing.check_close(self.object, self.object.marketplace.settings, actor=self.member.actor)

    def consequence(self) -> str:
        """What is written off, and whether somebody else is asked."""
        memo = self.object
        text = _("%(amount)s of %(company)s is written off and can no longer be used.") % {
            "amount": self.amount(memo.balance),
            "company": memo.payer_name,
        }
        why = _("This is above your approval limit, so it is sent for approval.")
        return f"{text} {why}" if self.asks_second else text

    @cached_property
    def asks_second(self) -> bool:
        """Whether the balance is more than one person may write off."""
        memo, actor = self.object, self.member.actor
        settings = memo.marketplace.settings
        return needs_second_person(
            settings, amount=memo.balance, payer_id=memo.payer_id, actor=actor, now=timezone.now()
        )

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it."""
        return _("Request approval") if self.asks_second else _("Write off and close")

    def perform(self, form: Any) -> CreditMemo | Approval:
        """Close it, or ask."""
        reason = form.cleaned_data["reason"]
        return operations.close(memo=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: CreditMemo | Approval) -> str:
        """Closed, or waiting."""
        if isinstance(result, Approval):
            return _("Sent for approval: close %(memo)s.") % {"memo": self.object}
        return _("%(memo)s is closed; %(amount)s was written off.") % {
            "memo": result,
            "amount": self.amount(result.written_off),
        }


class Reopen(MemoVerb):
    """Ask a second person to take the write-off back."""

    permission = reopening.PERMISSION
    title = gettext_lazy("Reopen")
    button = gettext_lazy("Request approval")

    def check(self) -> None:
        """Ask the guards."""
        reopening.check_reopen(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What comes back."""
        return _("Once approved, %(amount)s of %(company)s can be used again.") % {
            "amount": self.amount(self.object.written_off),
            "company": self.object.payer_name,
        }

    def perform(self, form: Any) -> Approval:
        """Ask."""
        reason = form.cleaned_data["reason"]
        return operations.reopen(memo=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, _result: Approval) -> str:
        """Waiting."""
        return _("Sent for approval: reopen %(memo)s.") % {"memo": self.object}
