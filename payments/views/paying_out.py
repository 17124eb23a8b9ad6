"""Pay a credit memo out: the customer gets the money instead of the credit."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Approval
from creditmemos.models import CreditMemo
from creditmemos.queries.accounts import owed_by
from creditmemos.queries.annotated import annotated_memos
from payments import operations
from payments.domain.states import PENDING
from payments.forms.refunds import SendForm
from payments.models import Refund
from payments.operations import refunding
from payments.views.verbs import MoneyVerb


class PayOut(MoneyVerb):
    """Off-platform, alone or with a second person; what the account owes is shown before."""

    permission = refunding.PERMISSION
    object_name = "memo"
    template_name = "creditmemos/verb.html"
    form_class = SendForm
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
