"""Amounts for invoices: a box for each row, read strictly, with what is wrong beside it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.utils.translation import gettext as _

from companies.models import Marketplace
from core.errors import Refusal
from core.typed import typed_amount
from invoices.models import Invoice
from payments.operations.guards import MOST_INVOICES, room_of
from payments.operations.previews import Preview
from web.fields import AmountField
from web.forms import PageForm
from web.lookups import MOST_LETTERS

NAME = re.compile(r"amount-([1-9][0-9]{0,17})", re.ASCII)


def small_difference_of(marketplace: Marketplace) -> int:
    """What a marketplace settles of an invoice, minor units; V1 has no memos to do it by."""
    is_v2 = marketplace.pipeline == Marketplace.Pipeline.V2
    return marketplace.settings.small_difference if is_v2 else 0


@dataclass(slots=True)
class Row:
    """One invoice on the desk; ``needs`` is what it needs now, ``after`` what is left of that, in minor units.

    ``settles``: what is left is ticked to be settled as a small difference.
    """

    invoice: Invoice
    text: str = ""
    error: str = ""
    needs: int = 0
    after: int = 0
    settles: bool = False
    may_settle: bool = False

    @property
    def difference_name(self) -> str:
        """The name of the tick that settles what is left."""
        return f"difference-{self.invoice.pk}"

    @property
    def name(self) -> str:
        """The name of its box, which refusals use too."""
        return f"amount-{self.invoice.pk}"

    @property
    def label(self) -> str:
        """What its box is called."""
        return _("Amount for %(invoice)s") % {"invoice": self.invoice}

    @property
    def left(self) -> int:
        """What it owes then, minor units: a difference that is ticked is settled."""
        return 0 if self.settles and self.may_settle else self.after

    @property
    def is_over(self) -> bool:
        """Whether more was typed than it needs."""
        return self.after < 0


def texts_of(data: Mapping[str, str] | None) -> dict[int, str]:
    """What was typed for which invoice, by its id; SuspiciousOperation for more boxes than a payment may serve."""
    found = {}
    for name in data or ():
        match = NAME.fullmatch(name)
        if data is not None and match and (text := data[name].strip()):
            found[int(match[1])] = text
    if len(found) > MOST_INVOICES:
        raise SuspiciousOperation("more amounts than a desk has boxes")
    return found


def find_of(data: Mapping[str, str] | None) -> str:
    """The number that invoices are looked for by."""
    return (data.get("find", "") if data else "").replace("\0", "").strip()[:MOST_LETTERS]


class BoxesForm(PageForm):
    """A form with ``rows``; ``wanted`` are the amounts that were typed, once it was checked."""

    currency = ""
    small_difference = 0
    """Up to so many minor units that stay open of an invoice may be settled; 0 for none."""
    rows: list[Row]
    wanted: list[tuple[int, int]]

    def set_rows(self, invoices: Sequence[Invoice], texts: Mapping[int, str]) -> None:
        """Lay out the invoices, each with what was typed for it."""
        self.texts = dict(texts)
        self.rows = [Row(each, self.texts.get(each.pk, ""), "", room_of(each), room_of(each)) for each in invoices]
        self.wanted, box = [], AmountField(currency=self.currency)
        for row in self.rows:
            row.settles = row.difference_name in self.data
        for row in self.rows:
            if not row.text:
                continue
            try:
                self.wanted.append((row.invoice.pk, box.clean(row.text)))
            except ValidationError as error:
                row.error = str(error.messages[0])

    @property
    def is_unreadable(self) -> bool:
        """Whether the money itself can't be read, so that nothing is said of what is left of it."""
        return False

    @property
    def hint(self) -> str:
        """What the figures leave out because it can't be read."""
        if self.is_unreadable:
            return _("The amount of the payment can't be read.")
        return _("Amounts that can't be read are not counted.") if self.are_boxes_unreadable else ""

    @property
    def are_boxes_unreadable(self) -> bool:
        """Whether something was typed into a box that is no amount."""
        read = {pk for pk, _amount in self.wanted}
        return any(row.text and row.invoice.pk not in read for row in self.rows)

    @property
    def settle(self) -> list[int]:
        """The ids of the invoices of which the difference is ticked, and that are not paid in full."""
        ticked = {row.invoice.pk: row.needs for row in self.rows if row.settles}
        return [pk for pk, amount in self.wanted if 0 < amount < ticked.get(pk, 0)]

    def may_settle(self, row: Row) -> bool:
        """Whether what the amount leaves of an invoice is a small difference, and nothing else is on its way."""
        is_used = any(pk == row.invoice.pk and amount > 0 for pk, amount in self.wanted)
        return is_used and 0 < row.after <= self.small_difference and not row.invoice.payment_pending

    @property
    def strangers(self) -> set[int]:
        """Invoices for which something was typed and that are not on this desk."""
        return self.texts.keys() - {row.invoice.pk for row in self.rows}

    @property
    def invoices(self) -> dict[int, Invoice]:
        """Those on the desk, by id."""
        return {row.invoice.pk: row.invoice for row in self.rows}

    def type_in(self, amounts: Mapping[int, int]) -> None:
        """Put amounts, minor units by the invoice's id, in place of what was typed."""
        texts = {pk: typed_amount(amount, currency=self.currency) for pk, amount in amounts.items()}
        self.set_rows([row.invoice for row in self.rows], texts)

    def tell(self, preview: Preview) -> None:
        """Show what the amounts leave, and the guards' refusals beside their boxes."""
        for row in self.rows:
            row.after = preview.after.get(row.invoice.pk, row.needs)
            row.error = row.error or preview.why.get(row.name, "")
            row.may_settle = self.may_settle(row)

    def is_valid(self) -> bool:
        """Whether the fields and every box can be read."""
        return super().is_valid() and not any(row.error for row in self.rows)

    def refuse(self, refusal: Refusal) -> None:
        """Beside the box or field that it names, else above the form."""
        for row in self.rows:
            if row.name == refusal.field:
                row.error = refusal.message
                return
        super().refuse(refusal)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """With those of the boxes."""
        return [*super().problems, *self._of_boxes()]

    def _of_boxes(self) -> Iterable[tuple[str, str, str]]:
        return [(row.name, row.label, row.error) for row in self.rows if row.error]
