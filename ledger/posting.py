"""Writing the journal: one balanced transaction per verb, entries first, then the header that closes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.actors import Actor
from core.ids import uuid7
from ledger.kinds import Account
from ledger.models import BalanceAccount, JournalEntry, JournalTransaction

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
) -> JournalTransaction | None:
    """Post the entries in one transaction of the account's merchant and currency; None when all amounts are zero.

    The database refuses it unless it balances and the day is open (I14).
    """
    sides: Sequence[Entry] = [entry for entry in entries if entry.amount]
    if not sides:
        return None
    key = uuid7()
    JournalEntry.objects.bulk_create(
        JournalEntry(
            transaction_id=key,
            account=side.account,
            amount=side.amount,
            posting_date=posting_date,
            balance_account_id=account.pk if side.account in NAMES_ACCOUNT else None,
            invoice_id=side.invoice_id,
            memo_id=side.memo_id,
            detail=side.detail,
        )
        for side in sides
    )
    return JournalTransaction.objects.create(
        id=key,
        marketplace_id=account.marketplace_id,
        merchant_id=account.merchant_id,
        currency=account.currency,
        posting_date=posting_date,
        verb=verb,
        actor_id=actor.user_id,
        created_at=now,
    )
