"""What the audit log says of a memo or an invoice: one fact of applying, read from both its sides.

A row about applications stands with the memo that was used, and names each invoice with its own amount. Rows of earlier
releases stand with the first memo of a call and name by id whatever the call moved: they are found by account and
moment of the applications, and each document is shown its own part of them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from core.models import AuditEntry
from core.spelling import present, spellings
from creditmemos.domain.wording import APPLIED, ISSUED, REVERSED
from creditmemos.models import Application, CreditMemo
from creditmemos.queries.sources import crediting
from invoices.models import Invoice

MOST = 1000
"""Rows that are read of one document."""
ASKED = "request.reverse_requested"


class Told(NamedTuple):
    """An audit row as one document's activity tells it; ``other`` is the number of the document that it stands with."""

    entry: AuditEntry
    other: str = ""


def told_of_memo(memo: CreditMemo) -> list[Told]:
    """The rows about a memo, newest first; of applications only its own, each with the invoice's number."""
    rows = _rows(memo, _own(memo, "credit_memo") | _moving(memo, Application.objects.filter(memo=memo)))
    kept = _cut(rows, lambda part, entry: part.get("memo_id", entry.object_id) == memo.pk)
    numbers = _numbers(Invoice.objects.all(), (part["invoice_id"] for entry in kept for part in _parts(entry)))
    for entry in kept:
        for part in _parts(entry):
            part["invoice"] = numbers[part["invoice_id"]]
    return [Told(entry) for entry in kept]


def about_credit_on(invoice: Invoice) -> Q:
    """The rows about what was used on an invoice and taken back."""
    return _moving(invoice, Application.objects.filter(invoice=invoice))


def told_of_invoice(invoice: Invoice) -> list[Told]:
    """The rows about an invoice, newest first: its own, and what was used on it and taken back, each with its memo.

    Beside these: issue and void of memos that credit its lines, what was asked about its applications, and the issue of
    the invoice that took over its balance.
    """
    used = Application.objects.filter(invoice=invoice)
    others = Q(kind__in=spellings("invoice"), object_id=invoice.carried_to_id, verb="invoice.issued")
    rows = _rows(
        invoice, _own(invoice, "invoice") | about_credit_on(invoice) | _crediting(invoice) | _asked(used) | others
    )
    kept = _cut(rows, lambda part, _entry: part.get("invoice_id") == invoice.pk)
    asked = {str(pk) for pk in used.values_list("pk", flat=True)}
    kept = [entry for entry in kept if entry.verb != ASKED or entry.after.get("application") in asked]
    return _with_memos(kept, invoice)


def _with_memos(kept: list[AuditEntry], invoice: Invoice) -> list[Told]:
    """The rows with the documents that they stand with; parts name their memos."""
    memo_ids = [entry.object_id for entry in kept if present(entry.kind) == "credit_memo"]
    parts = [(entry, part) for entry in kept for part in _parts(entry)]
    wanted = {*memo_ids, *(part.get("memo_id", entry.object_id) for entry, part in parts)}
    numbers = _numbers(CreditMemo.objects.all(), wanted)
    for entry, part in parts:
        part["memo"] = numbers[part.get("memo_id", entry.object_id)]
        part.pop("invoice", None)
    return [Told(entry, _other(entry, invoice, numbers)) for entry in kept]


def _other(entry: AuditEntry, invoice: Invoice, memos: Mapping[Any, str]) -> str:
    if present(entry.kind) == "credit_memo":
        return "" if _parts(entry) else memos.get(entry.object_id, "")
    return str(invoice.carried_to) if entry.object_id != invoice.pk else ""


def _rows(document: CreditMemo | Invoice, about: Q) -> list[AuditEntry]:
    found = AuditEntry.objects.filter(about, marketplace_id=document.marketplace_id)
    return list(found.select_related("person").order_by("-id")[:MOST])


def _own(document: CreditMemo | Invoice, kind: str) -> Q:
    return Q(kind__in=spellings(kind), object_id=document.pk)


def _moving(document: CreditMemo | Invoice, used: QuerySet[Application]) -> Q:
    """Rows about these applications and reversals, whichever memo of the account they stand with."""
    moments = used.values("created_at")
    memos = Application.objects.filter(account=document.account_id, created_at__in=moments).values("memo")
    verbs = [*spellings(APPLIED), *spellings(REVERSED)]
    return Q(kind__in=spellings("credit_memo"), verb__in=verbs, object_id__in=memos, at__in=moments)


def _crediting(invoice: Invoice) -> Q:
    """Issue, division and void of the memos that credit its lines."""
    memos = CreditMemo.objects.filter(crediting(invoice), number__isnull=False)
    issued = [spelled for verb in ISSUED.values() for spelled in spellings(verb)]
    verbs = [*issued, *spellings("credit_memo.voided"), "credit_memo.divided"]
    return Q(kind__in=spellings("credit_memo"), verb__in=verbs, object_id__in=memos.values("pk"))


def _asked(used: QuerySet[Application]) -> Q:
    """What a second person was asked about any application of the same memos."""
    return Q(kind__in=spellings("credit_memo"), verb=ASKED, object_id__in=used.values("memo"))


def _cut(rows: Iterable[AuditEntry], is_own: Callable[[Mapping[str, Any], AuditEntry], bool]) -> list[AuditEntry]:
    """Rows about applications with their own parts alone, and without those that have none; others as they are."""
    kept = []
    for entry in rows:
        if present(entry.verb) in (APPLIED, REVERSED):
            own = [dict(part) for part in entry.after.get("applications", []) if is_own(part, entry)]
            if not own:
                continue
            entry.after = {**entry.after, "applications": own}
        kept.append(entry)
    return kept


def _parts(entry: AuditEntry) -> list[dict[str, Any]]:
    return entry.after.get("applications", []) if present(entry.verb) in (APPLIED, REVERSED) else []


def _numbers(documents: QuerySet[Any], ids: Iterable[int | None]) -> dict[Any, str]:
    return dict(documents.filter(pk__in=set(ids)).values_list("pk", "number"))
