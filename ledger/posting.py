"""Writing the journal: one balanced transaction per verb, entries first, then the header that closes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from core.actors import Actor
from core.ids import uuid7
from core.rows import copy, insert
from ledger.kinds import Account
from ledger.models import BalanceAccount, JournalEntry, JournalTransaction

_ENTRY = ("transaction", "account", "amount", "posting_date", "balance_account", "invoice_id", "memo_id", "detail")
_HEADER = ("id", "marketplace", "merchant", "currency", "posting_date", "verb", "actor", "created_at")
NAMES_ACCOUNT = (Account.RECEIVABLE, Account.CUSTOMER_CREDIT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side to post: ``amount`` in minor units, debits positive, credits negative; zero is left out."""

    account: Account
    amount: int
    invoice_id: int | None = None
    memo_id: int | None = None
    detail: str = ""

    def mirrored(self) -> "Entry":
        """The same entry on the other side."""
        return Entry(self.account, -self.amount, self.invoice_id, self.memo_id, self.detail)


def post(
    *,
    account: BalanceAccount,
    posting_date: date,
    verb: str,
    entries: Iterable[Entry],
    actor: Actor,
    now: datetime,
) -> UUID | None:
    """Post the entries in one transaction of the account's merchant and currency.

    Returns its id, or None when all amounts are zero.

    The database refuses it unless it balances and the day is open (I14).
    """
    sides: Sequence[Entry] = [entry for entry in entries if entry.amount]
    if not sides:
        return None
    key = uuid7()
    posting = Posting(account, posting_date, verb, sides)
    insert(JournalEntry, _ENTRY, [_entry(key, posting, side) for side in sides])
    insert(JournalTransaction, _HEADER, [_header(key, posting, actor, now)])
    return key


class Posting(NamedTuple):
    """One transaction to post, as the arguments of ``post``."""

    account: BalanceAccount
    posting_date: date
    verb: str
    entries: Sequence[Entry]


def post_many(postings: Iterable[Posting], *, actor: Actor, now: datetime) -> None:
    """Post many transactions at once, each as ``post`` does; what has no amount is left out."""
    kept = [
        (uuid7(), posting._replace(entries=[side for side in posting.entries if side.amount])) for posting in postings
    ]
    kept = [(key, posting) for key, posting in kept if posting.entries]
    copy(JournalEntry, _ENTRY, [_entry(key, posting, side) for key, posting in kept for side in posting.entries])
    copy(JournalTransaction, _HEADER, [_header(key, posting, actor, now) for key, posting in kept])


def _entry(key: UUID, posting: Posting, side: Entry) -> tuple[object, ...]:
    account_id = posting.account.pk if side.account in NAMES_ACCOUNT else None
    return (
        key, side.account, side.amount, posting.posting_date, account_id, side.invoice_id, side.memo_id, side.detail,
    )  # fmt: skip


def _header(key: UUID, posting: Posting, actor: Actor, now: datetime) -> tuple[object, ...]:
    account = posting.account
    return (
        key, account.marketplace_id, account.merchant_id, account.currency, posting.posting_date, posting.verb,
        actor.user_id, now,
    )  # fmt: skip
