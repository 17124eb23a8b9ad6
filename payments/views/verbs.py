"""The verbs on one payment: each a form in a dialog, or a page without JavaScript."""

from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import refusal_of
from core.formats import amount_text
from invoices.domain.balance import PAID
from payments import operations
from payments.forms.record import AllocateForm
from payments.forms.verbs import FailForm, KeepForm, SettleForm, TakeOffForm, UndoReturnForm
from payments.models import Allocation, KeptSurplus, Payment, PaymentReturn
from payments.operations import allocating, keeping, returning, settling, taking_off
from payments.operations.guards import check_on_account
from payments.operations.previews import Preview
from payments.queries.annotated import annotated_payments
from payments.views.desk import MoneyDesk
from web.views import VerbView


class MoneyVerb(VerbView):
    """What verbs on payments, refunds and memos share: amounts and days of the thing's marketplace."""

    def amount(self, minor: int) -> str:
        """An amount of the thing's currency."""
        return amount_text(minor, self.object.currency)

    @cached_property
    def today(self) -> date:
        """The marketplace's day."""
        day: date = self.object.marketplace.today(timezone.now())
        return day


class PaymentVerb(MoneyVerb):
    """What the verbs on one payment share."""

    object_name = "payment"

    def queryset(self) -> QuerySet[Payment]:
        """Payments that the member sees."""
        return annotated_payments(self.member)

    def back_url(self) -> str:
        """The payment's page."""
        return reverse("payments:detail", args=[self.object.pk])


class Allocate(MoneyDesk, PaymentVerb):
    """Use money on account on invoices of the same account."""

    permission = allocating.PERMISSION
    form_class = AllocateForm
    title = gettext_lazy("Allocate")
    button = gettext_lazy("Allocate")
    kind = "allocate"

    def form_options(self) -> dict[str, Any]:
        """Whose money it is."""
        return {"payment": self.object, "order": self.object.marketplace.settings.apply_order}

    def check(self) -> None:
        """It must have money on account."""
        check_on_account(self.object, 0)

    def over(self, _form: AllocateForm, preview: Preview) -> str:
        """More than the payment has on account."""
        refusal = refusal_of(check_on_account, self.object, preview.used)
        return refusal.message if refusal else ""

    def account_of(self, _form: AllocateForm) -> Any:
        """The payment's own."""
        return self.object.account

    def perform(self, form: AllocateForm) -> Payment:
        """Use it."""
        self.check_strangers(form)
        self.used = sum(amount for _invoice, amount in form.wanted)
        return operations.allocate(
            payment=self.object, wanted=form.wanted, actor=self.member.actor, now=self.now, key=None,
            settle=form.settle,
        )  # fmt: skip

    def message(self, result: Payment) -> str:
        """What was used, and what is left."""
        text = _("%(used)s of %(payment)s has been allocated; %(rest)s is on account.") % {
            "used": self.amount(self.used), "payment": result, "rest": self.amount(result.on_account),
        }  # fmt: skip
        return f"{text} {self.differences(self.form)}".strip()


class Settle(PaymentVerb):
    """The money of a pending payment arrived."""

    permission = settling.PERMISSION
    form_class = SettleForm
    title = gettext_lazy("Record arrival of")
    button = gettext_lazy("Record arrival")

    def form_options(self) -> dict[str, Any]:
        """What was asked for, today."""
        return {"payment": self.object, "today": self.today}

    def check(self) -> None:
        """Ask the guards."""
        settling.check_settle(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """Where the money goes."""
        return _("It pays the invoices that it is meant for; the rest is on account.")

    def perform(self, form: Any) -> Payment:
        """Settle it."""
        said = form.cleaned_data
        return operations.settle_payment(
            payment=self.object, amount=said["amount"], value_date=said["value_date"], actor=self.member.actor,
            now=self.now,
        )  # fmt: skip

    def message(self, result: Payment) -> str:
        """Name it."""
        return _("%(amount)s of %(payment)s arrived.") % {"amount": self.amount(result.amount), "payment": result}


class Fail(PaymentVerb):
    """A pending payment will not come."""

    permission = settling.PERMISSION
    form_class = FailForm
    title = gettext_lazy("Record failure of")
    button = gettext_lazy("Record failure")
    tone = "danger"

    def check(self) -> None:
        """Ask the guards."""
        settling.check_settle(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What becomes of its invoices."""
        return _("%(payment)s for %(amount)s ends; its invoices no longer wait for it.") % {
            "payment": self.object, "amount": self.amount(self.object.asked),
        }  # fmt: skip

    def perform(self, form: Any) -> Payment:
        """End it."""
        why = form.cleaned_data["why"]
        return operations.fail_payment(payment=self.object, why=why, actor=self.member.actor, now=self.now)

    def message(self, result: Payment) -> str:
        """Name it."""
        return _("%(payment)s is recorded as failed.") % {"payment": result}


class TakeOff(PaymentVerb):
    """Take the money of one allocation off its invoice."""

    permission = taking_off.PERMISSION
    form_class = TakeOffForm
    title = gettext_lazy("Take off")
    button = gettext_lazy("Take off")
    tone = "danger"

    @cached_property
    def one(self) -> Allocation:
        """The allocation, which must be one of this payment's own."""
        rows = Allocation.objects.filter(payment_id=self.object.pk, pk=self.kwargs["allocation"])
        found = rows.select_related("invoice", "account").first()
        if found is None:
            raise Http404
        return found

    @property
    def due_after(self) -> str:
        """What the invoice owes then."""
        return self.amount(self.one.invoice.amount_due + self.one.amount)

    def form_options(self) -> dict[str, Any]:
        """The sentence to confirm, where a paid invoice owes again."""
        return {"owing": self.owing, "is_automatic": self.object.marketplace.settings.auto_allocate}

    @property
    def owing(self) -> str:
        """That sentence; empty where there is nothing to confirm."""
        if self.one.invoice.status != PAID or not taking_off.may_take_off(self.one):
            return ""
        text = _("I confirm that %(invoice)s becomes unpaid, with %(amount)s due")
        return text % {"invoice": self.one.invoice, "amount": self.due_after}

    def heading(self) -> str:
        """Both sides."""
        return _("Take %(payment)s off %(invoice)s") % {"payment": self.object, "invoice": self.one.invoice}

    def check(self) -> None:
        """Ask the guards; what is to be confirmed is on the form."""
        taking_off.check_take_off(self.one, self.one.invoice, confirmed=True, actor=self.member.actor)

    def consequence(self) -> str:
        """What goes where."""
        if self.owing:  # The box to tick says the rest.
            text = _("%(amount)s goes back on account.")
        else:
            text = _("%(amount)s goes back on account, and %(due)s of %(invoice)s is due.")
        return text % {"amount": self.amount(self.one.amount), "due": self.due_after, "invoice": self.one.invoice}

    def perform(self, form: Any) -> Payment:
        """Take it off."""
        said = form.cleaned_data
        return operations.take_off(
            allocation=self.one, reason=said["reason"], keep=said["keep"], confirmed=said.get("confirmed", False),
            actor=self.member.actor, now=self.now, key=None,
        )  # fmt: skip

    def message(self, _result: Payment) -> str:
        """What came back, and from where."""
        return _("%(amount)s has been taken off %(invoice)s and is on account.") % {
            "amount": self.amount(self.one.amount), "invoice": self.one.invoice,
        }  # fmt: skip


class UndoReturn(PaymentVerb):
    """The bank gave returned money again."""

    permission = returning.PERMISSION
    form_class = UndoReturnForm
    title = gettext_lazy("Undo return of")
    button = gettext_lazy("Undo return")

    @cached_property
    def one(self) -> PaymentReturn:
        """The return, which must be one of this payment's own."""
        found = PaymentReturn.objects.filter(payment_id=self.object.pk, pk=self.kwargs["row"]).first()
        if found is None:
            raise Http404
        return found

    def form_options(self) -> dict[str, Any]:
        """Today."""
        return {"today": self.today}

    def check(self) -> None:
        """Ask the guards."""
        returning.check_undo(self.one, self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """Where the money goes."""
        return _("%(amount)s comes back on account and pays open invoices from there.") % {
            "amount": self.amount(self.one.amount)
        }

    def perform(self, form: Any) -> PaymentReturn:
        """Undo it."""
        said = form.cleaned_data
        return operations.undo_return(
            row=self.one, value_date=said["value_date"], note=said["note"], actor=self.member.actor, now=self.now,
            key=None,
        )  # fmt: skip

    def message(self, result: PaymentReturn) -> str:
        """What is there again."""
        return _("%(amount)s of %(payment)s is on account again.") % {
            "amount": self.amount(-result.amount), "payment": self.object,
        }  # fmt: skip


class Keep(PaymentVerb):
    """Keep a small surplus."""

    permission = keeping.PERMISSION
    form_class = KeepForm
    title = gettext_lazy("Keep surplus of")
    button = gettext_lazy("Keep surplus")

    def form_options(self) -> dict[str, Any]:
        """What is there to keep."""
        return {"payment": self.object}

    def check(self) -> None:
        """Ask the guards."""
        payment = self.object
        keeping.check_keep(payment, max(payment.free, 1), payment.marketplace.settings, actor=self.member.actor)

    def consequence(self) -> str:
        """What it becomes."""
        return _("It becomes income from small differences and can't be allocated or given back.")

    def perform(self, form: Any) -> KeptSurplus:
        """Keep it."""
        said = form.cleaned_data
        return operations.keep_surplus(
            payment=self.object, amount=said["amount"], reason=said["reason"], actor=self.member.actor, now=self.now,
            key=None,
        )  # fmt: skip

    def message(self, result: KeptSurplus) -> str:
        """How much."""
        return _("%(amount)s of %(payment)s has been kept.") % {
            "amount": self.amount(result.amount), "payment": self.object,
        }  # fmt: skip
