"""From rated lines to the lines of documents: what each says it is, and which charge a credit undoes."""

from collections.abc import Sequence
from decimal import Decimal

from billing.domain.grouping import Bill, Charged, Credited
from billing.queries.charges import ChargeRow
from billing.queries.loading import Loaded
from billing.queries.price_book import PriceBook, Title
from billing.rating import Item
from core.money import to_major
from creditmemos.domain.drafting import DraftLine, DraftTax
from invoices.domain.drafting import NewLine, NewTax
from invoices.operations.drafts import Draft

ONE = Decimal(1)


class Made:
    """The charges made in this batch, by key: the lines that they stand on, for credits of the same batch."""

    def __init__(self) -> None:
        self.line_ids: dict[str, int] = {}
        self._lines: dict[str, tuple[NewLine, Sequence[int]]] = {}

    def learn(self, bill: Bill, draft: Draft) -> None:
        """Remember the lines of an invoice that was drafted for a bill."""
        rows = zip(bill.charges, draft.line_ids, draft.tax_ids, draft.new.lines, strict=False)
        for charged, line_id, tax_ids, line in rows:
            self.line_ids[charged.line.key] = line_id
            self._lines[charged.line.key] = line, tax_ids

    def line(self, key: str) -> tuple[NewLine, Sequence[int]] | None:
        """The line of a charge and the ids of its taxes, in their order."""
        return self._lines.get(key)


class Writer:
    """Makes document lines of one batch's rated lines."""

    def __init__(self, loaded: Loaded, book: PriceBook) -> None:
        self._loaded = loaded
        self._book = book
        self.made = Made()

    def invoice_line(self, charged: Charged, language: str) -> NewLine:
        """The invoice line of a charge."""
        line = charged.line
        title = self._title(line.item, line.kind, str(line.event), language)
        subscription = self._loaded.subscription(charged.owner)
        return NewLine(
            description=title.description,
            product_name=title.product_name,
            product_uuid=title.product_uuid,
            vendor_id=title.vendor_id,
            subscription_uuid=subscription.uuid if subscription else None,
            period_from=line.first,
            period_to=line.last,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            net=line.net,
            tax=line.tax,
            taxes=[NewTax(tax.name, tax.rate, tax.base, tax.amount) for tax in line.taxes],
        )

    def memo_line(self, credited: Credited, currency: str, language: str) -> DraftLine:
        """The memo line of all credits of one charge, or of a credit that undoes none."""
        first, net = credited.lines[0], credited.net
        title, line_id, tax_ids = self._undone(credited, language)
        alone = len(credited.lines) == 1
        days = [day for line in credited.lines for day in (line.first, line.last) if day]
        subscription = self._loaded.subscription(credited.owner)
        return DraftLine(
            description=title.description,
            product_name=title.product_name,
            product_uuid=title.product_uuid,
            vendor_id=title.vendor_id,
            subscription_uuid=subscription.uuid if subscription else None,
            period_from=min(days, default=None),
            period_to=max(days, default=None),
            quantity=first.quantity if alone else ONE,
            unit_price=first.unit_price if alone else to_major(net, currency=currency),
            net=net,
            taxes=[DraftTax(tax.name, tax.rate, tax.base, tax.amount, tax_ids.get(tax.name)) for tax in credited.taxes],
            invoice_line_id=line_id,
        )

    def negative_line(self, credited: Credited, currency: str, language: str) -> NewLine:
        """A credit as an invoice line below zero, for marketplaces without memos."""
        line = self.memo_line(credited, currency, language)
        taxes = [NewTax(tax.name, tax.rate, -tax.base, -tax.amount) for tax in line.taxes]
        return NewLine(
            description=line.description,
            product_name=line.product_name,
            product_uuid=line.product_uuid,
            vendor_id=line.vendor_id,
            subscription_uuid=line.subscription_uuid,
            period_from=line.period_from,
            period_to=line.period_to,
            quantity=-line.quantity,
            unit_price=line.unit_price,
            discount=0,
            net=-line.net,
            tax=-line.tax,
            taxes=taxes,
        )

    def _undone(self, credited: Credited, language: str) -> tuple[Title, int | None, dict[str, int]]:
        """What a credit undoes: its words, its invoice line, and that line's taxes by name."""
        line = credited.lines[0]
        if credited.source is None:
            return self._title(line.item, line.kind, str(line.event), language), None, {}
        key = str(credited.source)
        made = self.made.line(key)
        if made is None and key not in self._loaded.charges:
            return self._title(None, line.kind, str(line.event), language), None, {}  # Made on this very invoice.
        if made:
            new, ids = made
            return (
                _title_of_line(new),
                self.made.line_ids[key],
                dict(zip([tax.name for tax in new.taxes], ids, strict=True)),
            )
        row = self._loaded.charges[key]
        return _title_of_charge(row), row.line_id, {tax.name: int(tax.key or 0) for tax in row.charged.taxes}

    def _title(self, item: Item | None, kind: str, event: str, language: str) -> Title:
        """What a new line is for: the event's own words, else the item's, else those of the charge that it corrects."""
        row = self._loaded.events.get(event)
        title = self._book.title(item, kind, language) if item is not None else self._corrected(event)
        return title._replace(description=row.description) if row and row.description else title

    def _corrected(self, event: str) -> Title:
        row = self._loaded.charges.get(self._loaded.sources.get(event, ""))
        return _title_of_charge(row) if row else Title(event, "", None, None)


def _title_of_line(line: NewLine) -> Title:
    return Title(line.description, line.product_name, line.product_uuid, line.vendor_id)


def _title_of_charge(row: ChargeRow) -> Title:
    return Title(row.description, row.product_name, row.product_uuid, row.vendor_id)
