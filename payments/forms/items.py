"""The form that refunds items of an invoice; it works everything out as the verb will store it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core.errors import Refusal
from creditmemos.domain.drafting import LONGEST_NOTE, Details
from creditmemos.models import CreditMemo, CreditReason
from creditmemos.queries.creditable import creditable_lines, leaves_nothing
from invoices.models import Invoice
from payments.forms.item_boxes import BearerBox, ItemBox
from payments.forms.refunds import HowForm
from payments.operations import Items
from payments.operations.refund_items import Plan, plan_refund
from payments.queries.bearers import bearers_of

SHOWN = 50
"""Lines on one page of the table; what was typed on the others travels along unseen."""


class RefundItemsForm(HowForm):
    """Lines gross, who bears them, why, and how the money goes; ``of_run``: a billing run made the invoice."""

    reason = forms.ChoiceField(label=_lazy("Reason"), error_messages={"required": _lazy("Choose a reason.")})
    reason_note = forms.CharField(
        label=_lazy("Note on the reason"), required=False, max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 2}), help_text=_lazy("Customers never see it; resellers do."),
    )  # fmt: skip
    customer_note = forms.CharField(
        label=_lazy("Note for the customer"), required=False, max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 2}), help_text=_lazy("Printed on the credit memo."),
    )  # fmt: skip
    then = forms.ChoiceField(
        label=_lazy("Billing period"), required=False,
        choices=[
            (CreditMemo.Afterwards.AGAIN, _lazy("Bill the period again with the next run")),
            (CreditMemo.Afterwards.NEVER, _lazy("Do not bill it again; an exception is recorded")),
        ],
    )  # fmt: skip
    lines_error = payments_error = ""

    def __init__(
        self, data: QueryDict | None = None, *, invoice: Invoice, of_run: bool, in_full: bool, **options: Any
    ) -> None:
        self.invoice, self.of_run, self.plan = invoice, of_run, None
        super().__init__(data, **options)
        reasons = CreditReason.objects.filter(marketplace_id=invoice.marketplace_id, is_active=True)
        language = get_language() or "en"
        choices = [(str(reason.pk), reason.label(language)) for reason in reasons]
        self.offer("reason", [("", _("Choose a reason")), *choices])
        self.boxes = [ItemBox(room) for room in creditable_lines(invoice)]
        self.bearers = [
            BearerBox(bearer, bearer.room > 0 and (data is None or f"payment-{bearer.payment.pk}" in data))
            for bearer in bearers_of(invoice)
        ]
        self._read(data, in_full=in_full)
        self.plan = self._planned()

    plan: Plan | None

    def _read(self, data: QueryDict | None, *, in_full: bool) -> None:
        for box in self.boxes:
            if data is not None:
                box.read(data, self.invoice.currency)
            elif in_full:
                box.fill(self.invoice.currency)

    def _planned(self) -> Plan | None:
        """What comes of it; nothing while a box is wrong or all are empty."""
        if not self.total or any(box.error for box in self.boxes):
            return None
        rooms, bearers = [box.room for box in self.boxes], [box.bearer for box in self.bearers]
        try:
            return plan_refund(self.invoice, self.items(Details()), rooms=rooms, bearers=bearers)
        except Refusal as refusal:
            self.refuse(refusal)
            return None

    # --- what is asked for ---

    @property
    def total(self) -> int:
        """All that is refunded, gross minor units."""
        return sum(box.gross for box in self.boxes)

    @property
    def room(self) -> int:
        """What is left of all lines, gross."""
        return sum(max(box.room.gross, 0) for box in self.boxes)

    def items(self, details: Details) -> Items:
        """Lines and payments as the verb takes them."""
        lines = [(box.pk, box.gross) for box in self.boxes if box.gross]
        able = [box for box in self.bearers if not box.bearer.why_not]
        ticked = [box.bearer.payment.pk for box in able if box.is_ticked]
        return Items(lines=lines, payments=None if len(ticked) == len(able) else ticked, details=details)

    def details(self) -> Details:
        """Why, and what becomes of the period where that is asked."""
        said = self.cleaned_data
        return Details(
            reason_id=int(said["reason"]), reason_note=said["reason_note"], customer_note=said["customer_note"],
            afterwards=said["then"] if self.asks_then else "",
        )  # fmt: skip

    @property
    def asks_then(self) -> bool:
        """Whether nothing would be left to credit of an invoice that a run made, so that its period is asked about."""
        if not self.of_run or self.plan is None:
            return False
        lines = [line for memo in self.plan.memos for line in memo]
        net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
        return leaves_nothing([box.room for box in self.boxes], net=net, tax=tax)

    @property
    def then_shown(self) -> str:
        """The choice that is marked: billed again unless something else was said."""
        said = self["then"].value()
        return said if said in CreditMemo.Afterwards.values else CreditMemo.Afterwards.AGAIN.value

    # --- answers ---

    def forgive(self) -> None:
        """Say nothing yet of what is missing: the page is only looked at, not sent."""
        self.errors.clear()

    def clean(self) -> dict[str, Any]:
        """At least one line; and what becomes of the period, where that is asked."""
        super().clean()
        if not self.total and not any(box.error for box in self.boxes):
            self.lines_error = _("Enter an amount for at least one line.")
        if self.asks_then and not self.cleaned_data.get("then") and "then" not in self.errors:
            self.add_error("then", _("Choose what happens to the billing period: this credits the invoice in full."))
        return self.cleaned_data

    def is_valid(self) -> bool:
        """The fields, the boxes and what comes of them."""
        is_valid = super().is_valid()
        return is_valid and not any([self.lines_error, self.payments_error, *(box.error for box in self.boxes)])

    def refuse(self, refusal: Refusal) -> None:
        """Beside the box that it names, above lines or payments, else as for every form."""
        box = next((box for box in self.boxes if box.name == refusal.field), None)
        if box is not None:
            box.error = refusal.message
        elif refusal.field == "lines":
            self.lines_error = refusal.message
        elif refusal.field == "payments":
            self.payments_error = refusal.message
        else:
            super().refuse(refusal)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Those of lines and payments before those of the fields."""
        whole = [("lines", _("Lines"), self.lines_error), ("bearers", _("Payments"), self.payments_error)]
        boxes = [(f"id_{box.name}", box.room.line.description, box.error) for box in self.boxes]
        return [each for each in (*whole, *boxes) if each[2]] + super().problems

    # --- the page of the table ---

    def turn_to(self, asked: str) -> Page[ItemBox]:
        """Choose the lines that are shown; the page with the first error when no other was asked for."""
        wrong = next((at for at, box in enumerate(self.boxes) if box.error), 0)
        self.page = Paginator(self.boxes, SHOWN).get_page(asked or 1 + wrong // SHOWN)
        return self.page

    def unseen(self) -> Iterator[tuple[str, str]]:
        """(name, value) of everything typed or ticked that is not on this page."""
        shown = {box.pk for box in self.page}
        for box in self.boxes:
            if box.is_touched and box.pk not in shown:
                yield box.name, box.text
                if box.is_whole:
                    yield f"whole-{box.pk}", "on"
