"""Pay a credit memo out: the customer gets the money instead of the credit."""

from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Approval
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.undoing import live_applications
from creditmemos.queries.accounts import owed_by
from creditmemos.queries.annotated import annotated_memos
from payments import operations
from payments.domain.states import PENDING
from payments.forms.refunds import SendForm, SendUsedForm
from payments.models import Refund
from payments.operations import paying_out_used, refunding
from payments.views.verbs import MoneyVerb


class PayOut(MoneyVerb):
    """Off-platform, alone or with a second person; what the account owes is shown before."""

    permission = refunding.PERMISSION
    object_name = "memo"
    template_name = "creditmemos/verb.html"
    form_class: ClassVar[type[SendForm]] = SendForm
    facts_template = "creditmemos/_pay_out_facts.html"
    title = gettext_lazy("Pay out")

    def queryset(self) -> QuerySet[CreditMemo]:
        """Memos that the member sees."""
        return annotated_memos(self.member)

    def back_url(self) -> str:
        """The memo's page."""
        return reverse("creditmemos:detail", args=[self.object.pk])

    def reload(self) -> None:
        """With what is owed now, and whom it takes."""
        super().reload()
        for known in ("owed", "asks_second"):
            self.__dict__.pop(known, None)

    def form_options(self) -> dict[str, Any]:
        """Today."""
        return {"today": self.today}

    def check(self) -> None:
        """Ask the guards."""
        refunding.check_pay_out(self.object, actor=self.member.actor)

    @cached_property
    def owed(self) -> int:
        """What the account owes, minor units: the credit could pay that instead."""
        return owed_by(self.object.account_id)

    @cached_property
    def asks_second(self) -> bool:
        """Whether more than one person is needed."""
        return refunding.pay_out_takes_two(self.object, actor=self.member.actor, now=timezone.now())

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it."""
        return _("Request approval") if self.asks_second else _("Pay out")

    def consequence(self) -> str:
        """What goes where, and whether somebody else is asked."""
        text = _("%(amount)s goes to %(company)s as money, and the credit is used up.") % {
            "amount": self.amount(self.object.total), "company": self.object.payer_name,
        }  # fmt: skip
        if not self.asks_second:
            return text
        why = _("This takes a second person; the credit is on hold until it is approved.")
        return f"{text} {why}"

    def perform(self, form: Any) -> Refund | Approval:
        """Pay it out, or ask."""
        return operations.pay_out(
            memo=self.object, sending=form.sending, reason=form.cleaned_data["reason"], actor=self.member.actor,
            now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: Refund | Approval) -> str:
        """Paid, told, or asked."""
        if isinstance(result, Approval):
            return _("Sent for approval: pay out %(memo)s.") % {"memo": self.object}
        if result.status == PENDING:
            return _("%(memo)s is being paid out.") % {"memo": self.object}
        return _("%(memo)s has been paid out.") % {"memo": self.object}


class PayOutUsed(PayOut):
    """The same of a memo in use: reversed, divided and applied again, in one dialog."""

    form_class = SendUsedForm

    @cached_property
    def live(self) -> list[Application]:
        """What is applied of it, oldest first."""
        return live_applications(self.object)

    def reload(self) -> None:
        """With what is applied now."""
        super().reload()
        self.__dict__.pop("live", None)

    def form_options(self) -> dict[str, Any]:
        """What can be taken off."""
        live = [(str(each.pk), f"{each.invoice}: {self.amount(each.amount)}") for each in self.live]
        may_owe = any(each.invoice.paid > 0 for each in self.live)
        return {**super().form_options(), "live": live, "may_owe": may_owe}

    def check(self) -> None:
        """Ask the guards of paying the balance out, or all of it where all is applied."""
        off = [] if self.object.balance else [each.pk for each in self.live]
        paying_out_used.check_pay_out_used(self.object, self.live, off, confirmed=True, actor=self.member.actor)

    @cached_property
    def owed(self) -> int:
        """What the account owes, minor units, where there is credit to pay it with."""
        return owed_by(self.object.account_id) if self.object.balance else 0

    @cached_property
    def asks_second(self) -> bool:
        """Whether all of it would take more than one person."""
        return paying_out_used.takes_two(self.object, actor=self.member.actor, now=timezone.now())

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it."""
        return _("Pay out or request approval") if self.asks_second else _("Pay out")

    def consequence(self) -> str:
        """What goes where, what becomes of the memo, and whether somebody else is asked."""
        memo = self.object
        told = {"amount": self.amount(memo.balance), "company": memo.payer_name, "memo": memo}
        if memo.balance:
            text = _("%(amount)s goes to %(company)s as money, with what you take off invoices.") % told
        else:
            text = _("All of %(memo)s is applied. What you take off invoices goes to %(company)s as money.") % told
        text += (
            " "
            + _("%(memo)s is voided and issued again as two: one is paid out, the other is applied as before.") % told
        )
        if self.asks_second:
            text += " " + _("It may take a second person: then it is sent for approval.")
        return text

    def perform(self, form: Any) -> Refund | Approval:
        """Do all of it, or ask."""
        said = form.cleaned_data
        return operations.pay_out_used(
            memo=self.object, off=[UUID(each) for each in said["off"]], sending=form.sending, reason=said["reason"],
            confirmed=bool(said.get("confirmed")), actor=self.member.actor, now=self.now, key=None,
        )  # fmt: skip

    def success_url(self, result: Refund | Approval) -> str:
        """The memo that is paid out; this one, where somebody is asked."""
        memo = self.object.pk if isinstance(result, Approval) else result.memo_id
        return reverse("creditmemos:detail", args=[memo])

    def message(self, result: Refund | Approval) -> str:
        """Paid, told, or asked."""
        if isinstance(result, Approval):
            return super().message(result)
        told = {"amount": self.amount(result.amount), "memo": result.memo, "before": self.object}
        if result.memo_id == self.object.pk:
            return super().message(result)
        if result.status == PENDING:
            return _("%(amount)s of %(before)s is being paid out as %(memo)s.") % told
        return _("%(amount)s of %(before)s has been paid out as %(memo)s.") % told
