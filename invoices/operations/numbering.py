"""The numbers of documents that were drafted: one step of each merchant's series, always in the merchants' order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypedDict, TypeVar

from companies.models import MarketplaceSettings
from core.search_keys import folded
from documents.domain.kinds import kind_called
from documents.operations import numbering
from ledger.models import BalanceAccount


class NumberColumns(TypedDict):
    """What every document keeps of its number."""

    number: str
    search_key: str
    series_id: int
    sequence: int
    issue_date: date
    document_date: date


class Given(NamedTuple):
    """One number of a series, and the issue date that goes with it."""

    number: str
    series_id: int
    sequence: int
    issue_date: date

    def columns(self) -> NumberColumns:
        """What a document of any kind keeps of it; lists sort by the issue date from now on."""
        return NumberColumns(
            number=self.number,
            search_key=folded(self.number),
            series_id=self.series_id,
            sequence=self.sequence,
            issue_date=self.issue_date,
            document_date=self.issue_date,
        )


class OfAccount(Protocol):
    """A draft of any kind."""

    @property
    def account(self) -> BalanceAccount:
        """Whose document it is; the account has its merchant at hand."""


AnyDraft = TypeVar("AnyDraft", bound=OfAccount)


def give_numbers(
    drafts: Iterable[AnyDraft], kind: str, *, settings: MarketplaceSettings, now: datetime
) -> Iterator[tuple[AnyDraft, Given]]:
    """Give each draft the next number of its merchant's series, which is held until commit (ADR 4)."""
    today = settings.marketplace.today(now)
    prefix = kind_called(kind).prefix(settings)
    of_merchant: dict[int, list[AnyDraft]] = defaultdict(list)
    for draft in drafts:
        of_merchant[draft.account.merchant_id].append(draft)
    for merchant_id, own in sorted(of_merchant.items()):
        numbers = numbering.take(
            marketplace_id=settings.marketplace_id,
            merchant_id=merchant_id,
            kind=kind,
            shared=settings.shared_numbers,
            yearly=settings.yearly_reset,
            today=today,
            count=len(own),
        )
        on = numbers.issue_date
        for sequence, draft in enumerate(own, start=numbers.first):
            number = numbering.render(prefix, sequence=sequence, on=on, merchant_code=draft.account.merchant.code)
            yield draft, Given(number, numbers.series_id, sequence, on)
