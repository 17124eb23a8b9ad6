"""What issuing a memo says, told of one memo as of ten thousand: journal entries, audit note, event."""

from collections.abc import Mapping
from typing import Protocol

from core.audit import Note
from core.outbox import Event
from creditmemos.domain.adjustments import ORDINARY
from creditmemos.domain.wording import ADJUSTED, ISSUED
from creditmemos.models import CreditMemo, CreditMemoLineTax
from invoices.domain.drafting import sums_by_name
from ledger.domain.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry


class Issued(Protocol):
    """A memo or a draft of one; minor units."""

    @property
    def id(self) -> int: ...
    @property
    def account(self) -> BalanceAccount: ...
    @property
    def source(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def source_invoice_id(self) -> int | None: ...
    @property
    def reason_note(self) -> str: ...
    @property
    def net(self) -> int: ...
    @property
    def total(self) -> int: ...


def issue_entries(memo: Issued, taxes: Mapping[str, int]) -> list[Entry]:
    """Revenue (ad hoc: credit given) and each tax against customer credit; ``taxes`` are sums by name.

    Credit given by an adjustment says what it settles (ADR 63).
    What was a carried balance moves from its invoice: revenue and taxes were reduced when that was issued.
    """
    credit = Entry(Account.CUSTOMER_CREDIT, -memo.total, memo_id=memo.id)
    if memo.source == CreditMemo.Source.CARRIED:
        return [Entry(Account.RECEIVABLE, memo.total, invoice_id=memo.source_invoice_id), credit]
    against = Account.CREDIT_GIVEN if memo.source == CreditMemo.Source.AD_HOC else Account.REVENUE
    return [
        Entry(against, memo.net, detail="" if memo.purpose == ORDINARY else memo.purpose),
        *(Entry(Account.TAX_PAYABLE, amount, detail=name) for name, amount in taxes.items()),
        credit,
    ]


def stored_taxes(memo: CreditMemo) -> dict[str, int]:
    """What each tax of a stored memo comes to, by name, in the order of its lines."""
    taxes = CreditMemoLineTax.objects.filter(line__memo=memo).order_by("pk")
    return sums_by_name(taxes.values_list("name", "amount"))


def issue_note(memo: Issued) -> Note:
    """The audit row of an issue; the reason is what its maker wrote."""
    return Note(
        verb=ISSUED[memo.purpose],
        kind="credit_memo",
        object_id=memo.id,
        company_id=memo.account.payer_id,
        after={"total": memo.total, "currency": memo.account.currency, "source": memo.source},
        note=memo.reason_note,
    )


def issue_event(memo: Issued) -> Event:
    """The event of an issue; that of an adjustment has a name of its own, as no PDF and no mail follows."""
    payload: dict[str, object] = {"memo_id": memo.id, "account_id": memo.account.pk}
    if memo.purpose != ORDINARY:
        payload |= {"invoice_id": memo.source_invoice_id, "purpose": memo.purpose}
        return Event(ADJUSTED, f"{ADJUSTED}:{memo.id}", payload)
    return Event("credit_memo.issued", f"credit_memo.issued:{memo.id}", payload)
