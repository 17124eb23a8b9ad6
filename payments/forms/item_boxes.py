"""The boxes of a refund: one for each line of the invoice, one for each payment that may bear it."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import QueryDict

from core.typed import typed_amount
from creditmemos.queries.creditable import Creditable
from payments.queries.bearers import Bearer
from web.fields import AmountField


@dataclass(slots=True, eq=False)
class ItemBox:
    """One line with what was typed for it, gross; ``gross`` is what is refunded, ``error`` why it can't be."""

    room: Creditable
    text: str = ""
    is_whole: bool = False
    error: str = ""
    gross: int = 0

    @property
    def pk(self) -> int:
        """The line's id, in the names of its boxes."""
        return self.room.line.pk

    @property
    def name(self) -> str:
        """The name of its box, which refusals use too."""
        return f"line-{self.pk}"

    @property
    def is_refundable(self) -> bool:
        """Whether anything is left of it."""
        return self.room.gross > 0

    @property
    def is_touched(self) -> bool:
        """Whether something was typed or ticked."""
        return bool(self.text) or self.is_whole

    @property
    def invoiced(self) -> int:
        """Net and tax, minor units."""
        return self.room.line.net + self.room.line.tax

    @property
    def credited(self) -> int:
        """What earlier memos credited, net and tax."""
        return self.invoiced - self.room.gross

    @property
    def paid(self) -> int:
        """What money paid, net and tax."""
        return self.room.line.paid_net + sum(tax.paid for tax in self.room.line.taxes.all())

    def read(self, sent: QueryDict, currency: str) -> None:
        """Take what was sent for it; an amount before the tick."""
        self.text, self.is_whole = sent.get(self.name, "").strip(" "), f"whole-{self.pk}" in sent
        if not self.text:
            self.gross = max(self.room.gross, 0) if self.is_whole else 0
            return
        try:
            self.gross = AmountField(currency=currency, most=max(self.room.gross, 0)).clean(self.text) or 0
        except ValidationError as error:
            self.error = str(error.messages[0])

    def fill(self, currency: str) -> None:
        """Type all that is left."""
        if self.is_refundable:
            self.text, self.gross = typed_amount(self.room.gross, currency=currency), self.room.gross


@dataclass(slots=True, eq=False)
class BearerBox:
    """One payment with its tick."""

    bearer: Bearer
    is_ticked: bool

    @property
    def name(self) -> str:
        """The name of its tick."""
        return f"payment-{self.bearer.payment.pk}"
