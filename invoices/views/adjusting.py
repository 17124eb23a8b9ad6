"""Settling what stays open on an invoice without money: a small difference, or a debt that is given up."""

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formats import amount_text
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import adjusting
from creditmemos.operations.guards import needs_second_person
from invoices.views.verbs import InvoiceVerb
from web.forms import ReasonForm


class Adjusting(InvoiceVerb):
    """What both verbs share."""

    form_class = ReasonForm
    facts_template = "invoices/_due_facts.html"

    @property
    def due(self) -> str:
        """What is due, in words."""
        return amount_text(self.object.amount_due, self.object.currency)


class SettleDifference(Adjusting):
    """A shortfall up to the marketplace's setting becomes an untaxed memo, used at once."""

    permission = adjusting.SETTLE_PERMISSION
    title = gettext_lazy("Settle the difference of")

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it."""
        return _("Request approval") if self.is_over_limit else _("Settle difference")

    @cached_property
    def is_over_limit(self) -> bool:
        """Whether it is more than the member may give alone."""
        invoice = self.object
        return needs_second_person(
            invoice.marketplace.settings, amount=invoice.amount_due, payer_id=invoice.payer_id,
            actor=self.member.actor, now=timezone.now(),
        )  # fmt: skip

    def check(self) -> None:
        """Ask the guards."""
        adjusting.check_settle_difference(self.object, self.object.marketplace.settings, actor=self.member.actor)

    def consequence(self) -> str:
        """What becomes of it, and whether somebody else is asked."""
        text = _(
            "The %(due)s that is still due is settled as a small difference, without tax. The customer is sent nothing."
        )
        told = text % {"due": self.due}
        if not self.is_over_limit:
            return told
        return f"{told} {_('It is above your approval limit and is sent for approval.')}"

    def perform(self, form: ReasonForm) -> CreditMemo | Approval:
        """Settle it, or ask."""
        reason = form.cleaned_data["reason"]
        return operations.settle_difference(invoice=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: CreditMemo | Approval) -> str:
        """What settled it, or that somebody was asked."""
        if isinstance(result, Approval):
            return _("Sent for approval: settle the difference of %(invoice)s.") % {"invoice": self.object}
        return _("%(memo)s settles the %(due)s of %(invoice)s.") % {
            "memo": result, "due": self.due, "invoice": self.object,
        }  # fmt: skip


class WriteOff(Adjusting):
    """A debt that will not be paid: two people give up the whole due."""

    permission = adjusting.WRITE_OFF_PERMISSION
    title = gettext_lazy("Write off")
    button = gettext_lazy("Request approval")
    tone = "danger"

    def check(self) -> None:
        """Ask the guards."""
        adjusting.check_write_off(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What is given up, and that another person decides."""
        text = _(
            "The whole %(due)s that is still due is given up as uncollectible, once a second person approves it."
            " Tax stays as it was invoiced. The customer is sent nothing."
        )
        return text % {"due": self.due}

    def perform(self, form: ReasonForm) -> Approval:
        """Ask."""
        reason = form.cleaned_data["reason"]
        return operations.write_off_invoice(invoice=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: Approval) -> str:  # noqa: ARG002 - what every verb is told
        """That somebody was asked."""
        return _("Sent for approval: write off %(invoice)s.") % {"invoice": self.object}
