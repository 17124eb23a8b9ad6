"""Writing the journal: one balanced transaction per verb, entries first, then the header that closes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.actors import Actor
from core.ids import uuid7
from core.rows import insert
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
    insert(
        JournalEntry,
        _ENTRY,
        [
            (
                key,
                side.account,
                side.amount,
                posting_date,
                account.pk if side.account in NAMES_ACCOUNT else None,
                side.invoice_id,
                side.memo_id,
                side.detail,
            )
            for side in sides
        ],
    )
    header = (
        key, account.marketplace_id, account.merchant_id, account.currency, posting_date, verb, actor.user_id, now,
    )  # fmt: skip
    insert(JournalTransaction, _HEADER, [header])
    return key
