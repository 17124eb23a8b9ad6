"""The balance history of a memo: every row that moved its balance, in order, with the balance after it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.queries.people import name_at
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.models import JournalEntry

KINDS: dict[str, Promise] = {
    "issue": _("Issued"),
    "reopen": _("Reopened"),
    "apply": _("Applied"),
    "reverse": _("Reversed"),
    "close": _("Written off"),
    "void": _("Voided"),
    "refund.sent": _("Paid out"),
    "refund.returned": _("Payout returned"),
}
ORDER = list(KINDS)
"""The order of what happens in one moment: a memo is issued and used, its credit returns and is written off or void."""
BY_APPLICATION = ("creditmemo.apply", "creditmemo.reverse")


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the history; amounts in minor units, credit used is negative.

    ``reversed_by`` tells of an application that it was undone, ``application_id`` names the row for its reversal.
    """

    kind: str
    at: datetime
    day: date
    amount: int
    balance: int
    who: str
    automatic: bool = False
    invoice: Invoice | None = None
    application_id: UUID | None = None
    is_reversed: bool = False
    reason: str = ""

    @property
    def label(self) -> Promise:
        """What happened, in a word."""
        return KINDS[self.kind]

    @property
    def is_live(self) -> bool:
        """Whether it is an application that still counts."""
        return self.kind == "apply" and not self.is_reversed


@dataclass(slots=True)
class _Movement:
    kind: str
    at: datetime
    day: date
    amount: int
    who: str
    application: Application | None = None
    is_reversed: bool = False


def balance_history(memo: CreditMemo) -> list[Move]:
    """Everything that moved the memo's balance, oldest first; two queries.

    Applications and reversals come with their invoices; issue, write-off, reopening and void come from the journal.
    """
    if not memo.is_issued:
        return []
    rows = _applications(memo) + _postings(memo)
    rows.sort(key=lambda row: (row.at, ORDER.index(row.kind)))
    balance, moves = 0, []
    for row in rows:
        balance += row.amount
        found = row.application
        moves.append(
            Move(
                kind=row.kind,
                at=row.at,
                day=row.day,
                amount=row.amount,
                balance=balance,
                who=row.who,
                automatic=found.automatic if found else False,
                invoice=found.invoice if found else None,
                application_id=found.pk if found else None,
                is_reversed=row.is_reversed,
                reason=found.reason if found else "",
            )
        )
    return moves


def _applications(memo: CreditMemo) -> list[_Movement]:
    rows = (
        Application.objects.filter(memo=memo).select_related("invoice").annotate(who=name_at("actor_id", "created_at"))
    )
    found = list(rows.order_by("created_at", "pk"))
    undone = {row.reverses_id for row in found if row.reverses_id}
    return [
        _Movement(
            kind="reverse" if row.reverses_id else "apply",
            at=row.created_at,
            day=row.posting_date,
            amount=-row.amount,
            who=row.who,
            application=row,
            is_reversed=row.pk in undone,
        )
        for row in found
    ]


def _postings(memo: CreditMemo) -> list[_Movement]:
    entries = (
        JournalEntry.objects.filter(memo_id=memo.pk, account=Account.CUSTOMER_CREDIT)
        .exclude(transaction__verb__in=BY_APPLICATION)
        .select_related("transaction")
        .annotate(who=name_at("transaction__actor_id", "transaction__created_at", "transaction__marketplace_id"))
    )
    return [
        _Movement(
            kind=entry.transaction.verb.removeprefix("creditmemo."),
            at=entry.transaction.created_at,
            day=entry.posting_date,
            amount=-entry.amount,
            who=entry.who,
        )
        for entry in entries
    ]
