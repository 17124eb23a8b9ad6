"""Refunds: their list, giving money on account back, and what became of a refund."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.models import Approval
from payments import operations
from payments.domain.states import PENDING, SUCCESSFUL
from payments.filters import RefundFilters
from payments.forms.refunds import CameBackForm, GiveBackForm, SentForm
from payments.forms.verbs import FailForm
from payments.models import Refund
from payments.operations import refund_ends, refunding
from payments.queries.refunds import annotated_refunds
from payments.tables import RefundTable, page_of
from payments.views.verbs import MoneyVerb, PaymentVerb
from web.lists import ListPage


class RefundList(ListPage):
    """The refunds that the member sees."""

    permission = "payments.view"
    title = gettext_lazy("Refunds")
    counted = ngettext_lazy("%(shown)s refund", "%(shown)s refunds", "n")
    none_match = gettext_lazy("No refunds match")
    none_yet = gettext_lazy("No refunds yet")
    table_class = RefundTable
    filters_class = RefundFilters
    default_sort = "-requested"

    def queryset(self) -> QuerySet[Refund]:
        """All of the marketplace for staff; payers see their own company's."""
        return Refund.objects.visible_to(self.member)

    def rows(self, found: QuerySet[Refund]) -> QuerySet[Refund]:
        """With the payer and what is paid back."""
        return found.select_related("payer", "memo", "payment", "invoice").defer(
            "note", "failure_text", "memo__frozen", "invoice__frozen"
        )


class GiveBack(PaymentVerb):
    """Give money on account back to the customer, or ask a second person to."""

    permission = refunding.PERMISSION
    form_class = GiveBackForm
    title = gettext_lazy("Give back money of")

    def form_options(self) -> dict[str, Any]:
        """All that is free, today."""
        return {"payment": self.object, "today": self.today, "most": self.most}

    def check(self) -> None:
        """Ask the guards."""
        payment = self.object
        refunding.check_give_back(payment, max(self.most, 1), actor=self.member.actor)

    def reload(self) -> None:
        """With what may go back now."""
        super().reload()
        for known in ("most", "asks_second"):
            self.__dict__.pop(known, None)

    @cached_property
    def most(self) -> int:
        """What may go back, minor units."""
        return refunding.most_to_give_back(self.object)

    @cached_property
    def asks_second(self) -> bool:
        """Whether all of it would take a second person."""
        payment, actor = self.object, self.member.actor
        return refunding.give_back_takes_two(payment, self.most, actor=actor, now=timezone.now())

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it."""
        return _("Give back or request approval") if self.asks_second else _("Give back")

    def consequence(self) -> str:
        """What it is, and what is there."""
        text = _("%(amount)s is on account. Giving it back issues no credit memo and changes no tax.") % {
            "amount": self.amount(self.object.free)
        }
        if not self.asks_second:
            return text
        return f"{text} {_('It may take a second person: then it is sent for approval.')}"

    def perform(self, form: Any) -> Refund | Approval:
        """Send it, or ask."""
        said = form.cleaned_data
        return operations.give_back(
            payment=self.object, amount=said["amount"], sending=form.sending, reason=said["reason"],
            actor=self.member.actor, now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: Refund | Approval) -> str:
        """Sent, told, or asked."""
        amount = self.amount(result.amount or 0)
        if isinstance(result, Approval):
            return _("Sent for approval: give back %(amount)s of %(payment)s.") % {
                "amount": amount, "payment": self.object,
            }  # fmt: skip
        if result.status == PENDING:
            return _("%(amount)s of %(payment)s is on its way back.") % {"amount": amount, "payment": self.object}
        return _("%(amount)s of %(payment)s has been given back.") % {"amount": amount, "payment": self.object}


class RefundVerb(MoneyVerb):
    """What the verbs on a refund share; its page is that of what it pays back."""

    permission = refund_ends.PERMISSION
    object_name = "refund"
    status = PENDING

    def queryset(self) -> QuerySet[Refund]:
        """Refunds that the member sees."""
        return annotated_refunds(self.member)

    def back_url(self) -> str:
        """The memo's page, or the payment's."""
        return reverse(page_of(self.object), args=[self.object.source.pk])

    @property
    def whole(self) -> str:
        """What goes back."""
        return self.amount(self.object.amount)

    def check(self) -> None:
        """Ask the guards."""
        refund_ends.check_refund(self.object, self.status, actor=self.member.actor)


class Sent(RefundVerb):
    """The money of a pending refund went."""

    form_class = SentForm
    title = gettext_lazy("Record the refund as sent:")
    button = gettext_lazy("Record as sent")

    def form_options(self) -> dict[str, Any]:
        """Today."""
        return {"today": self.today}

    def consequence(self) -> str:
        """What is final then."""
        return _("%(amount)s has left your bank for %(payer)s.") % {"amount": self.whole, "payer": self.object.payer}

    def perform(self, form: Any) -> Refund:
        """Let it go."""
        day = form.cleaned_data["value_date"]
        return operations.settle_refund(refund=self.object, value_date=day, actor=self.member.actor, now=self.now)

    def message(self, result: Refund) -> str:
        """How much."""
        text = _("The refund of %(amount)s of %(source)s is recorded as sent.")
        return text % {"amount": self.whole, "source": result}


class Failed(RefundVerb):
    """Nothing went."""

    form_class = FailForm
    title = gettext_lazy("Record the refund as failed:")
    button = gettext_lazy("Record as failed")
    tone = "danger"

    def consequence(self) -> str:
        """What is free again."""
        if self.object.memo_id:
            return _("Nothing was sent: %(memo)s is credit as before.") % {"memo": self.object}
        if self.object.invoice_id:
            return _("Nothing was sent: %(invoice)s carries the balance on as before.") % {"invoice": self.object}
        return _("Nothing was sent: %(amount)s is on account as before.") % {"amount": self.whole}

    def perform(self, form: Any) -> Refund:
        """End it."""
        why = form.cleaned_data["why"]
        return operations.fail_refund(refund=self.object, why=why, actor=self.member.actor, now=self.now)

    def message(self, result: Refund) -> str:
        """Name it."""
        return _("The refund of %(source)s is recorded as failed.") % {"source": result}


class CameBack(RefundVerb):
    """Money that went came back."""

    status = SUCCESSFUL
    form_class = CameBackForm
    title = gettext_lazy("Record the refund as returned:")
    button = gettext_lazy("Record as returned")
    tone = "danger"

    def form_options(self) -> dict[str, Any]:
        """Today."""
        return {"today": self.today}

    def consequence(self) -> str:
        """What it is then."""
        if self.object.memo_id:
            return _("%(memo)s becomes credit again, on hold.") % {"memo": self.object}
        if self.object.invoice_id:
            return _("%(invoice)s carries the balance on again.") % {"invoice": self.object}
        return _("%(amount)s goes back on account.") % {"amount": self.whole}

    def perform(self, form: Any) -> Refund:
        """Take it in."""
        said = form.cleaned_data
        return operations.return_refund(
            refund=self.object, value_date=said["value_date"], why=said["why"], actor=self.member.actor, now=self.now
        )

    def message(self, result: Refund) -> str:
        """How much."""
        text = _("The refund of %(amount)s of %(source)s is recorded as returned.")
        return text % {"amount": self.whole, "source": result}
