"""Record that a bank took money back: which invoices lose it, and what they owe then, is shown before."""

from functools import cached_property
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import refusal_of
from invoices.models import Invoice
from payments import operations
from payments.forms.verbs import ReturnForm
from payments.models import Allocation, PaymentReturn
from payments.operations import returning
from payments.operations.returning import live_allocations, plan_return, returnable
from payments.views.verbs import PaymentVerb
from web.forms import composed_data

LIVE = "live"


class Losing(NamedTuple):
    """An invoice that loses ``amount`` and owes ``due_after`` then; minor units."""

    invoice: Invoice
    amount: int
    due_after: int


class Return(PaymentVerb):
    """A page of its own, as it shows what it does while one types."""

    permission = returning.PERMISSION
    form_class = ReturnForm
    template_name = "payments/return.html"
    title = gettext_lazy("Return")
    button = gettext_lazy("Record return")
    tone = "danger"
    form: Any = None

    @cached_property
    def live(self) -> list[Allocation]:
        """What its invoices have of it, the newest first, with the invoices."""
        rows = live_allocations(self.object)
        invoices = Invoice.objects.defer("frozen").in_bulk([row.invoice_id for row in rows])
        for row in rows:
            row.invoice = invoices[row.invoice_id]
        return rows

    def form_options(self) -> dict[str, Any]:
        """All that can be taken back, today."""
        most = returnable(self.object)
        return {"payment": self.object, "most": most, "today": self.today, "live": self.live}

    def check(self) -> None:
        """Ask the guards."""
        payment = self.object
        returning.check_return(payment, max(returnable(payment), 1), actor=self.member.actor)

    def make_form(self, data: Any) -> ReturnForm:
        """The form, kept for its figures."""
        self.form = super().make_form(data)
        return self.form  # type: ignore[no-any-return]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record it, or show what it would do."""
        go = request.POST.get("go", "")
        if not go:
            return super().post(request, *args, **kwargs)
        form = self.make_form(composed_data(request.POST))
        form.is_valid()
        if go == LIVE:
            return render(request, "payments/_return_live.html", {"view": self, **self.context()})
        return self.show(form)

    def reload(self) -> None:
        """With the invoices as they are now."""
        super().reload()
        self.__dict__.pop("live", None)

    @property
    def said(self) -> dict[str, Any]:
        """What was typed, as far as it can be read."""
        form = self.form
        return form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}

    @property
    def going(self) -> int:
        """What the bank takes back by what was typed, in minor units; 0 where that can't be read."""
        return self.said.get("amount") or (0 if self.form.is_bound else returnable(self.object))

    @property
    def problem(self) -> str:
        """Why it can't be said what the typed amount does."""
        if not self.going:
            return _("Enter the amount to see which invoices lose their money.")
        refusal = refusal_of(returning.check_return, self.object, self.going, actor=self.member.actor)
        return refusal.message if refusal else ""

    @property
    def losing(self) -> list[Losing]:
        """The invoices that lose their money by what was typed."""
        payment, amount = self.object, self.going
        chosen = [row.pk for row in self.live if str(row.pk) in self.said.get("chosen", ())]
        going, anew = plan_return(payment.free, amount, self.live, chosen)
        found: dict[int, Losing] = {}
        for row in going:
            taken = row.amount - (anew if row is going[-1] else 0)
            before = found.get(row.invoice_id)
            lost = taken + (before.amount if before else 0)
            found[row.invoice_id] = Losing(row.invoice, lost, row.invoice.amount_due + lost)
        return list(found.values())

    def context(self) -> dict[str, Any]:
        """What is lost where."""
        if self.form is None:
            return super().context()
        own = {
            "losing": self.losing, "problem": self.problem, "from_account": min(self.going, self.object.free),
            "overdrawn": returning.overdrawn_by(self.object, self.going),
        }  # fmt: skip
        return {**super().context(), **own}

    def perform(self, form: Any) -> PaymentReturn:
        """Record it."""
        said = form.cleaned_data
        chosen = [row for row in self.live if str(row.pk) in said.get("chosen", ())]
        return operations.return_payment(
            payment=self.object, amount=said["amount"], reason=said["reason"], value_date=said["value_date"],
            note=said["note"], chosen=chosen, actor=self.member.actor, now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: PaymentReturn) -> str:
        """How much."""
        return _("The return of %(amount)s of %(payment)s has been recorded.") % {
            "amount": self.amount(result.amount), "payment": self.object,
        }  # fmt: skip
