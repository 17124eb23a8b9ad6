"""Refund items of an invoice: what each line was paid and credited, the memos that come of it, and who bears them."""

from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.queries.documents import run_of
from core.errors import Refusal
from core.formats import amount_text
from core.models import Approval
from creditmemos.domain.drafting import DraftLine, Totals, totals
from creditmemos.operations.guards import needs_second_person
from creditmemos.queries.invoice_credits import annotated_invoices
from invoices.models import Invoice
from payments import operations
from payments.domain.states import PENDING
from payments.forms.items import RefundItemsForm
from payments.models import Payment
from payments.operations import Refunded
from payments.operations.refund_items import PERMISSION, check_refund_items
from payments.operations.refunding import refuse_own_now
from payments.queries.bearers import money_left
from payments.views.verbs import MoneyVerb
from web.forms import composed_data
from web.views.calling import Answer, answered

LIVE = "live"


class Foreseen(NamedTuple):
    """One memo that comes of it: its sums, and the payment that bears it; None where it is applied at once."""

    totals: Totals
    payment: Payment | None


class RefundItems(MoneyVerb):
    """A page of its own, as it shows what it does while one types."""

    permission = PERMISSION
    object_name = "invoice"
    form_class = RefundItemsForm
    template_name = "payments/items.html"
    title = gettext_lazy("Refund")
    button = gettext_lazy("Refund")
    takes_cursor = False
    form: Any = None

    def queryset(self) -> QuerySet[Invoice]:
        """Invoices that the member sees."""
        return annotated_invoices(self.member)

    def back_url(self) -> str:
        """The invoice's page."""
        return reverse("invoices:detail", args=[self.object.pk])

    def check(self) -> None:
        """Ask the guards."""
        check_refund_items(self.object, actor=self.member.actor)

    @cached_property
    def is_related(self) -> bool:
        """Whether it is a relative of the operator, for which two people act."""
        parties = [self.object.payer_id, self.object.beneficiary_id]
        return not self.object.is_own and refuse_own_now([self.member.user.pk], parties)

    @cached_property
    def today(self) -> date:
        """The marketplace's day."""
        day: date = self.object.marketplace.today(timezone.now())
        return day

    def form_options(self) -> dict[str, Any]:
        """The invoice; a link may ask for all that is left."""
        of_run = run_of(invoice=self.object) is not None
        return {
            "invoice": self.object, "today": self.today, "of_run": of_run,
            "in_full": self.request.GET.get("full") == "yes",
        }  # fmt: skip

    def make_form(self, data: Any) -> Any:
        """The form, kept for its figures."""
        self.form = super().make_form(data)
        return self.form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refund, or show what would come of it."""
        go = request.POST.get("go", "")
        if not go:
            before = self._answered(request)
            return self.done(before) if before else super().post(request, *args, **kwargs)
        form = self.make_form(composed_data(request.POST))
        form.forgive()
        if go == LIVE:
            form.turn_to(request.POST.get("shown", ""))
            return render(request, "payments/_items_live.html", {"form": form, "view": self, **self.context()})
        return self.show(form)

    def _answered(self, request: HttpRequest) -> Answer | None:
        """The answer to this very form, sent before: by now its lines may have nothing left, and look wrong."""
        operation = f"form:{request.path}"[:60]
        return answered(actor=self.member.actor, operation=operation, key=self.key, data=request.POST)

    def context(self) -> dict[str, Any]:
        """The lines of this page, and the figures."""
        if self.form is None:
            return super().context()
        _go, _dash, asked = self.request.POST.get("go", "").partition("page-")
        page = getattr(self.form, "page", None) or self.form.turn_to(asked)
        left = min(self.form.room, self.object.amount_due + self.money_left)
        return {
            **super().context(), "page": page, "foreseen": self.foreseen, "asks_second": self.asks_second,
            "left": left, "is_short": left < self.form.room,
        }  # fmt: skip

    @cached_property
    def money_left(self) -> int:
        """What was paid and not sent back yet, minor units."""
        return max(money_left(self.object), 0)

    @cached_property
    def foreseen(self) -> list[Foreseen]:
        """The memos that come of what was typed."""
        plan = self.form.plan
        if plan is None:
            return []
        by_id = {box.bearer.payment.pk: box.bearer.payment for box in self.form.bearers}
        bearing: list[Payment | None] = [by_id[payment] for payment, _amount in plan.sharing.parts]
        applied: list[Payment | None] = [None] if plan.sharing.applied else []
        memos: list[list[DraftLine]] = plan.memos
        return [Foreseen(totals(lines), payment) for lines, payment in zip(memos, [*applied, *bearing], strict=True)]

    @cached_property
    def asks_second(self) -> bool:
        """Whether more than one person is needed."""
        if not self.form.total:
            return False
        settings, payer_id = self.object.marketplace.settings, self.object.payer_id
        return self.is_related or needs_second_person(
            settings, amount=self.form.total, payer_id=payer_id, actor=self.member.actor, now=timezone.now()
        )

    def show(self, form: Any, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The page; after a refusal with what is left now, and what was typed beside it."""
        if refusal is not None:
            self.reload()
            form = self.make_form(self.request.POST)
            if form.is_valid():
                form.refuse(refusal)
        return super().show(form, status=status, refusal=refusal)

    def reload(self) -> None:
        """With what is left now."""
        super().reload()
        for known in ("money_left", "foreseen", "asks_second"):
            self.__dict__.pop(known, None)

    def perform(self, form: Any) -> Refunded | Approval:
        """Refund, or ask."""
        return operations.refund_items(
            invoice=self.object, items=form.items(form.details()), sending=form.sending, actor=self.member.actor,
            now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: Refunded | Approval) -> str:
        """What was applied, and what goes back."""
        if isinstance(result, Approval):
            return _("Sent for approval: refund items of %(invoice)s.") % {"invoice": self.object}
        memos, refunds = result
        numbers = ", ".join(map(str, memos))
        text = ngettext(
            "%(memos)s has been issued.", "%(memos)s have been issued.", len(memos)
        ) % {"memos": numbers}  # fmt: skip
        applied = sum(memo.applied for memo in memos)
        if applied:
            told = {"amount": self.amount(applied), "invoice": self.object}
            text += " " + _("%(amount)s was applied to %(invoice)s.") % told
        if not refunds:
            return text
        sent = amount_text(sum(refund.amount for refund in refunds), self.object.currency)
        going = _("%(amount)s is on its way back.") if refunds[0].status == PENDING else _("%(amount)s was refunded.")
        return f"{text} {going % {'amount': sent}}"
