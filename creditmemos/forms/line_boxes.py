"""The boxes of the form that credits an invoice: one for each line, and one for each group of several lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from core.typed import typed_amount
from creditmemos.domain.drafting import DraftLine, InvoiceCredit
from creditmemos.models import CreditMemoLine
from creditmemos.queries.creditable import Creditable
from web.fields import typed_exact

AMOUNT, QUANTITY, TAX_ONLY = (way.value for way in CreditMemoLine.By)
WAYS = (AMOUNT, QUANTITY, TAX_ONLY)


@dataclass(slots=True, eq=False)
class LineBox:
    """One invoice line with what was typed for it; ``drafted`` is the memo line that it gives, ``error`` why not."""

    room: Creditable
    text: str = ""
    by: str = AMOUNT
    is_whole: bool = False
    error: str = ""
    drafted: DraftLine | None = None

    @property
    def pk(self) -> int:
        """The invoice line's id, in the names of its boxes."""
        return self.room.line.pk

    @property
    def name(self) -> str:
        """The name of its box, which refusals use too."""
        return f"line-{self.pk}"

    @property
    def is_creditable(self) -> bool:
        """Whether anything is left to credit."""
        return self.room.gross > 0

    @property
    def has_quantity(self) -> bool:
        """Whether units are left to credit one by one."""
        return self.room.units > 0

    @property
    def is_touched(self) -> bool:
        """Whether something was typed or ticked."""
        return bool(self.text) or self.is_whole

    @property
    def invoiced(self) -> int:
        """Net and tax that were invoiced, in minor units."""
        return self.net + self.tax

    @property
    def credited(self) -> int:
        """Net and tax that earlier memos credited, in minor units: what was invoiced and can't be credited any more."""
        return self.invoiced - self.room.gross

    @property
    def whole(self) -> InvoiceCredit | None:
        """The credit of everything that is left; None when nothing is."""
        if self.room.net:
            return InvoiceCredit(self.pk, net=self.room.net)
        return InvoiceCredit(self.pk, tax_only=self.room.tax) if self.room.tax else None

    def fill(self, currency: str) -> None:
        """Type everything that is left, as a person would; nothing where nothing is."""
        if self.room.net > 0:
            self.by, self.text = AMOUNT, typed_amount(self.room.net, currency=currency)
        elif self.room.tax > 0:
            self.by, self.text = TAX_ONLY, typed_amount(self.room.tax, currency=currency)

    # Where the line stands, for `invoices.domain.grouping`.
    @property
    def product_name(self) -> str:
        """The line's product."""
        return self.room.line.product_name

    @property
    def subscription_uuid(self) -> UUID | None:
        """The line's subscription."""
        return self.room.line.subscription_uuid

    @property
    def period_from(self) -> date | None:
        """The first day of the line's period."""
        return self.room.line.period_from

    @property
    def period_to(self) -> date | None:
        """The last day of the line's period."""
        return self.room.line.period_to

    @property
    def net(self) -> int:
        """What was invoiced, in minor units."""
        return self.room.line.net

    @property
    def tax(self) -> int:
        """The tax that was invoiced, in minor units."""
        return self.room.line.tax


@dataclass(slots=True, eq=False)
class LeafBox:
    """Lines of one product, subscription and period; with several of them an amount is shared over them by room."""

    boxes: Sequence[LineBox]
    subscription_uuid: UUID | None = None
    period_from: date | None = None
    period_to: date | None = None
    text: str = ""
    is_whole: bool = False
    error: str = ""
    shown: list[LineBox] = field(default_factory=list)

    @property
    def pk(self) -> int:
        """The first line's id, in the names of its boxes."""
        return self.boxes[0].pk

    @property
    def is_several(self) -> bool:
        """Whether it holds more than one line, and so folds."""
        return len(self.boxes) > 1

    @property
    def invoiced(self) -> int:
        """Net and tax that were invoiced, in minor units."""
        return sum(box.invoiced for box in self.boxes)

    @property
    def credited(self) -> int:
        """What earlier memos credited, net and tax, in minor units."""
        return sum(box.credited for box in self.boxes)

    @property
    def room(self) -> int:
        """Net that can still be credited, in minor units."""
        return sum(box.room.net for box in self.boxes)

    @property
    def room_gross(self) -> int:
        """Net and tax that can still be credited, in minor units."""
        return sum(box.room.gross for box in self.boxes)

    @property
    def gross(self) -> int:
        """What is credited now, net and tax, in minor units."""
        return sum(box.drafted.gross for box in self.boxes if box.drafted)

    @property
    def is_open(self) -> bool:
        """Whether its lines should be seen: something of them was typed or refused."""
        return any(box.is_touched or box.error for box in self.boxes)

    @property
    def is_touched(self) -> bool:
        """Whether something was typed or ticked for all of it."""
        return bool(self.text) or self.is_whole


@dataclass(slots=True, eq=False)
class GroupBox:
    """All lines of one product; ``shown`` are the leaves on this page of the table."""

    name: str
    leaves: list[LeafBox]
    is_whole: bool = False
    shown: list[LeafBox] = field(default_factory=list)

    @property
    def pk(self) -> int:
        """The first line's id, in the name of its box."""
        return self.leaves[0].pk

    @property
    def boxes(self) -> Iterator[LineBox]:
        """Every line."""
        return (box for leaf in self.leaves for box in leaf.boxes)

    @property
    def invoiced(self) -> int:
        """Net and tax that were invoiced, in minor units."""
        return sum(leaf.invoiced for leaf in self.leaves)

    @property
    def credited(self) -> int:
        """What earlier memos credited, net and tax, in minor units."""
        return sum(leaf.credited for leaf in self.leaves)

    @property
    def room_gross(self) -> int:
        """Net and tax that can still be credited, in minor units."""
        return sum(leaf.room_gross for leaf in self.leaves)


def typed_before(lines: Sequence[CreditMemoLine], currency: str) -> Mapping[int, tuple[str, str]]:
    """What a draft's lines would be typed as: invoice line's id to (way, text)."""
    found: dict[int, tuple[str, str]] = {}
    for line in lines:
        if line.invoice_line_id is not None:
            found[line.invoice_line_id] = (line.by, _typed(line, currency))
    return found


def _typed(line: CreditMemoLine, currency: str) -> str:
    if line.by == QUANTITY:
        return typed_exact(line.quantity)
    return typed_amount(line.tax if line.by == TAX_ONLY else line.net, currency=currency)
