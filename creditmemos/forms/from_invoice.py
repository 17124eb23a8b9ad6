"""The form that credits lines of an invoice: reads its boxes strictly and works every line out as issuing will."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core.errors import Refusal
from core.money import split
from creditmemos.domain.drafting import Details, DraftLine, InvoiceCredit
from creditmemos.forms.details import LinesForm
from creditmemos.forms.line_boxes import AMOUNT, QUANTITY, TAX_ONLY, WAYS, GroupBox, LeafBox, LineBox
from creditmemos.models import CreditMemo
from creditmemos.queries.composing import compose_line, tax_together
from creditmemos.queries.creditable import creditable_lines, leaves_nothing
from invoices.domain.grouping import grouped
from invoices.models import Invoice
from web.fields import AmountField, ExactField

SHOWN = 50
"""Lines on one page of the table; what was typed on the others travels along unseen."""
QUANTITY_PLACES = 6


class CreditForm(LinesForm):
    """Details and lines; ``typed`` are the lines of a draft that is edited again: id to (way, text).

    With ``in_full`` all that is left of every line is typed already. ``of_run``: a billing run made the invoice, so
    credit that leaves nothing of it asks what becomes of its period.
    """

    then = forms.ChoiceField(
        label=_lazy("Billing period"),
        required=False,
        choices=[
            (CreditMemo.Afterwards.AGAIN, _lazy("Bill the period again with the next run")),
            (CreditMemo.Afterwards.NEVER, _lazy("Do not bill it again; an exception is recorded")),
        ],
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        invoice: Invoice,
        typed: Mapping[int, tuple[str, str]],
        of_run: bool = False,
        in_full: bool = False,
        **options: Any,
    ) -> None:
        self.invoice, self.of_run = invoice, of_run
        super().__init__(data, **options)
        sent = data if data is not None else QueryDict("")
        self.boxes = [self._box(room, sent, typed) for room in creditable_lines(invoice)]
        if in_full and data is None:
            for box in self.boxes:
                box.fill(invoice.currency)
        self.groups = list(self._groups(sent, by_product=invoice.marketplace.settings.grouped_creation))
        for group in self.groups:
            for leaf in group.leaves:
                self._read_leaf(leaf, group)
        self._tax_together()

    # --- what was typed --------------------------------------------------------------------------------------------

    @staticmethod
    def _box(room: Any, sent: QueryDict, typed: Mapping[int, tuple[str, str]]) -> LineBox:
        pk, usual = room.line.pk, AMOUNT if room.net or not room.tax else TAX_ONLY
        by, text = (sent.get(f"by-{pk}", usual), sent.get(f"line-{pk}", "")) if sent else typed.get(pk, (usual, ""))
        return LineBox(
            room=room,
            text=text.strip(" "),
            by=by if by in WAYS else usual,
            is_whole=f"whole-{pk}" in sent,
        )

    def _groups(self, sent: QueryDict, *, by_product: bool) -> Iterator[GroupBox]:
        if not by_product:
            yield GroupBox("", [LeafBox([box]) for box in self.boxes])
            return
        for group in grouped(self.boxes):
            leaves = [
                LeafBox(
                    boxes=leaf.lines,
                    subscription_uuid=leaf.subscription_uuid,
                    period_from=leaf.period_from,
                    period_to=leaf.period_to,
                    text=sent.get(f"leaf-{leaf.lines[0].pk}", "").strip(" "),
                    is_whole=f"leaf-whole-{leaf.lines[0].pk}" in sent,
                )
                for leaf in group.leaves
            ]
            yield GroupBox(group.name, leaves, is_whole=f"group-{leaves[0].pk}" in sent)

    # --- what it gives ---------------------------------------------------------------------------------------------

    def _read_leaf(self, leaf: LeafBox, group: GroupBox) -> None:
        shares = self._shares(leaf)
        for box in leaf.boxes:
            is_whole = box.is_whole or (not leaf.text and (leaf.is_whole or group.is_whole))
            if box.text or is_whole or box.pk in shares:
                self._read_line(box, shares.get(box.pk), is_whole=is_whole)

    def _shares(self, leaf: LeafBox) -> dict[int, InvoiceCredit]:
        """An amount typed for several lines, shared over what can still be credited of each."""
        if not leaf.text:
            return {}
        if any(box.is_touched for box in leaf.boxes):
            leaf.error = _("Enter an amount for the group or for its lines, not for both.")
            return {}
        try:
            amount = AmountField(currency=self.invoice.currency, most=leaf.room).clean(leaf.text)
        except ValidationError as error:
            leaf.error = str(error.messages[0])
            return {}
        nets = split(amount, [box.room.net for box in leaf.boxes])
        return {box.pk: InvoiceCredit(box.pk, net=net) for box, net in zip(leaf.boxes, nets, strict=True) if net}

    def _read_line(self, box: LineBox, share: InvoiceCredit | None, *, is_whole: bool) -> None:
        try:
            want = self._typed(box) if box.text else (share or (box.whole if is_whole else None))
            if want is not None:
                box.drafted = compose_line(box.room, want, self.invoice.currency)
        except ValidationError as error:
            box.error = str(error.messages[0])
        except Refusal as refusal:
            box.error = refusal.message

    def _tax_together(self) -> None:
        """The taxes of all lines; a line for which nothing is left of them is refused, and the others go on."""
        while True:
            used = [box for box in self.boxes if box.drafted]
            rooms = [box.room for box in self.boxes]
            try:
                lines = tax_together(self.drafted, rooms, self.invoice.currency)
            except Refusal as refusal:
                refused = next(box for box in used if box.name == refusal.field)
                refused.error, refused.drafted = refusal.message, None
                continue
            for box, line in zip(used, lines, strict=True):
                box.drafted = line
            return

    def _typed(self, box: LineBox) -> InvoiceCredit:
        if box.by == QUANTITY:
            quantity = ExactField(places=QUANTITY_PLACES).clean(box.text)
            if not quantity:
                raise ValidationError(_("Enter a quantity above 0."), code="least")
            return InvoiceCredit(box.pk, quantity=quantity)
        amount = AmountField(currency=self.invoice.currency).clean(box.text)
        return InvoiceCredit(box.pk, tax_only=amount) if box.by == TAX_ONLY else InvoiceCredit(box.pk, net=amount)

    @property
    def drafted(self) -> list[DraftLine]:
        """The memo lines, in the invoice's order."""
        return [box.drafted for box in self.boxes if box.drafted]

    @property
    def wanted(self) -> list[InvoiceCredit]:
        """The memo lines as issuing takes them."""
        return [_wanted(line) for line in self.drafted]

    # --- the period --------------------------------------------------------------------------------------------------

    @property
    def asks_then(self) -> bool:
        """Whether nothing would be left to credit of an invoice that a run made, so that its period is asked about."""
        rooms, sums = [box.room for box in self.boxes], self.totals
        return self.of_run and leaves_nothing(rooms, net=sums.net, tax=sums.tax)

    @property
    def then_shown(self) -> str:
        """The choice that is marked: billed again unless something else was said."""
        said = self["then"].value()
        return said if said in CreditMemo.Afterwards.values else CreditMemo.Afterwards.AGAIN.value

    def details(self) -> Details:
        """With what was said of the period, if it was asked."""
        return replace(super().details(), afterwards=self.cleaned_data["then"] if self.asks_then else "")

    # --- answers -----------------------------------------------------------------------------------------------------

    @property
    def is_in_order(self) -> bool:
        """Whether no box was refused."""
        return not any(box.error for box in self.boxes) and not any(leaf.error for leaf in self.leaves)

    @property
    def leaves(self) -> Iterator[LeafBox]:
        """Every group of lines."""
        return (leaf for group in self.groups for leaf in group.leaves)

    def clean(self) -> dict[str, Any]:
        """What becomes of the period must be said, where it is asked."""
        super().clean()
        if self.is_in_order and self.asks_then and not self.cleaned_data.get("then") and "then" not in self.errors:
            self.add_error("then", _("Choose what happens to the billing period: this credits the invoice in full."))
        return self.cleaned_data

    def refuse_line(self, refusal: Refusal) -> bool:
        """Beside the box that it names."""
        box = next((box for box in self.boxes if box.name == refusal.field), None)
        if box is not None:
            box.error = refusal.message
        return box is not None

    def line_problems(self) -> Iterator[tuple[str, str, str]]:
        """Of groups, then of lines."""
        yield from ((f"id_leaf-{leaf.pk}", _place(leaf), leaf.error) for leaf in self.leaves if leaf.error)
        yield from ((f"id_{box.name}", box.room.line.description, box.error) for box in self.boxes if box.error)

    @property
    def invoiced(self) -> int:
        """Net and tax of all lines, in minor units."""
        return sum(group.invoiced for group in self.groups)

    @property
    def credited(self) -> int:
        """What earlier memos credited of all lines, net and tax, in minor units."""
        return sum(group.credited for group in self.groups)

    @property
    def room(self) -> int:
        """What can still be credited of all lines, net and tax, in minor units."""
        return sum(group.room_gross for group in self.groups)

    # --- the page of the table ---------------------------------------------------------------------------------------

    def turn_to(self, asked: str) -> Page[LineBox]:
        """Choose the lines that are shown; the page with the first error when no other was asked for."""
        order = [box for leaf in self.leaves for box in leaf.boxes]
        wrong = next((at for at, box in enumerate(order) if box.error), 0)
        page = Paginator(order, SHOWN).get_page(asked or 1 + wrong // SHOWN)
        shown = {box.pk for box in page}
        for group in self.groups:
            for leaf in group.leaves:
                leaf.shown = [box for box in leaf.boxes if box.pk in shown]
            group.shown = [leaf for leaf in group.leaves if leaf.shown]
        return page

    def unseen(self) -> Iterator[tuple[str, str]]:
        """(name, value) of everything typed or ticked that is not on this page."""
        for group in self.groups:
            if group.is_whole and not group.shown:
                yield f"group-{group.pk}", "on"
            for leaf in group.leaves:
                yield from _unseen_leaf(leaf)


def _unseen_leaf(leaf: LeafBox) -> Iterator[tuple[str, str]]:
    if not leaf.shown and leaf.text:
        yield f"leaf-{leaf.pk}", leaf.text
    if not leaf.shown and leaf.is_whole:
        yield f"leaf-whole-{leaf.pk}", "on"
    for box in leaf.boxes:
        if box.is_touched and box not in leaf.shown:
            yield from ((box.name, box.text), (f"by-{box.pk}", box.by))
            if box.is_whole:
                yield f"whole-{box.pk}", "on"


def _place(leaf: LeafBox) -> str:
    return leaf.boxes[0].product_name or leaf.boxes[0].room.line.description


def _wanted(line: DraftLine) -> InvoiceCredit:
    pk = line.invoice_line_id or 0
    if line.by == QUANTITY:
        return InvoiceCredit(pk, quantity=line.quantity)
    return InvoiceCredit(pk, tax_only=line.tax) if line.by == TAX_ONLY else InvoiceCredit(pk, net=line.net)
