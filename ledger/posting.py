"""Writing the journal: one balanced transaction per verb, entries first, then the header that closes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from core.actors import Actor
from core.ids import uuid7
from core.rows import insert
from ledger.domain.kinds import NAMES_ACCOUNT, Account
from ledger.models import BalanceAccount, JournalEntry, JournalTransaction


@dataclass(frozen=True, slots=True)
class Entry:
    """One side to post: ``amount`` in minor units, debits positive, credits negative; zero is left out."""

    account: Account
    amount: int
    invoice_id: int | None = None
    memo_id: int | None = None
    payment_id: int | None = None
    detail: str = ""

    def mirrored(self) -> "Entry":
        """The same entry on the other side."""
        return Entry(self.account, -self.amount, self.invoice_id, self.memo_id, self.payment_id, self.detail)


class Posting(NamedTuple):
    """One transaction to post, of the account's merchant and currency; what has no amount is left out."""

    account: BalanceAccount
    posting_date: date
    verb: str
    entries: Iterable[Entry]


class _EntryRow(NamedTuple):
    transaction_id: UUID
    account: str
    amount: int
    posting_date: date
    balance_account_id: int | None
    invoice_id: int | None
    memo_id: int | None
    payment_id: int | None
    detail: str


class _TransactionRow(NamedTuple):
    id: UUID
    marketplace_id: int
    merchant_id: int
    currency: str
    posting_date: date
    verb: str
    actor_id: int | None
    created_at: datetime


def post(
    *,
    account: BalanceAccount,
    posting_date: date,
    verb: str,
    entries: Iterable[Entry],
    actor: Actor,
    now: datetime,
) -> None:
    """Post the entries in one transaction, as ``post_many`` does."""
    post_many([Posting(account, posting_date, verb, entries)], actor=actor, now=now)


def post_many(postings: Iterable[Posting], *, actor: Actor, now: datetime) -> None:
    """Post transactions, entries first; one without amounts is not written.

    The database refuses one unless it balances and the day is open (I14).
    """
    entries: list[_EntryRow] = []
    headers: list[_TransactionRow] = []
    for posting in postings:
        key = uuid7()
        sides = [_entry(key, posting, side) for side in posting.entries if side.amount]
        if sides:
            entries += sides
            headers.append(_header(key, posting, actor, now))
    insert(JournalEntry, entries)
    insert(JournalTransaction, headers)


def _entry(key: UUID, posting: Posting, side: Entry) -> _EntryRow:
    return _EntryRow(
        transaction_id=key,
        account=side.account,
        amount=side.amount,
        posting_date=posting.posting_date,
        balance_account_id=posting.account.pk if side.account in NAMES_ACCOUNT else None,
        invoice_id=side.invoice_id,
        memo_id=side.memo_id,
        payment_id=side.payment_id,
        detail=side.detail,
    )


def _header(key: UUID, posting: Posting, actor: Actor, now: datetime) -> _TransactionRow:
    account = posting.account
    return _TransactionRow(
        id=key,
        marketplace_id=account.marketplace_id,
        merchant_id=account.merchant_id,
        currency=account.currency,
        posting_date=posting.posting_date,
        verb=posting.verb,
        actor_id=actor.user_id,
        created_at=now,
    )
