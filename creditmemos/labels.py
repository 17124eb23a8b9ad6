"""The words of credit memos: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core import things
from core.formats import amount_text
from core.labels import Badge, Place, Section, register, say, say_rows
from core.things import Thing, column
from creditmemos.models import CreditReason
from creditmemos.queries.waiting import requests_waiting

VERBS = {
    "merchant.made": _("Made a reseller a merchant of record"),
    "merchant.code_changed": _("Changed a merchant's code"),
    "credit_memo.issued": _("Issued a credit memo"),
    "credit_memo.issue_requested": _("Requested approval to issue a credit memo"),
    "credit_memo.close_requested": _("Requested approval to close a credit memo"),
    "credit_memo.reopen_requested": _("Requested approval to reopen a credit memo"),
    "credit_memo.approved": _("Approved a credit memo"),
    "credit_memo.rejected": _("Rejected a request"),
    "credit_memo.withdrawn": _("Withdrew a request"),
    "credit_memo.alone": _("Chose to act alone"),
    "request.change_settings_requested": _("Requested approval to change the settings"),
    "credit_memo.discarded": _("Discarded a draft"),
    "credit_memo.difference_settled": _("Settled a small difference"),
    "credit_memo.debt_written_off": _("Wrote off an uncollectible invoice"),
    "request.settle_difference_requested": _("Requested approval to settle a small difference"),
    "request.write_off_requested": _("Requested approval to write off an invoice"),
    "credit_memo.applied": _("Applied credit"),
    "credit_memo.reversed": _("Reversed an application"),
    "credit_memo.voided": _("Voided a credit memo"),
    "credit_memo.divided": _("Divided a credit memo"),
    "credit_memo.closed": _("Closed a credit memo"),
    "credit_memo.reopened": _("Reopened a credit memo"),
    "credit_memo.held": _("Held credit"),
    "credit_memo.released": _("Released credit"),
    "creditreason.added": _("Added a credit reason"),
    "creditreason.changed": _("Changed a credit reason"),
    "request.void_requested": _("Requested approval to void a credit memo"),
    "request.undo_and_void_requested": _("Requested approval to reverse and void a credit memo"),
    "request.divide_requested": _("Requested approval to divide a credit memo"),
    "request.reverse_requested": _("Requested approval to reverse an application"),
    "request.void_invoice_requested": _("Requested approval to void an invoice"),
    "settings.changed": _("Changed the settings"),
}
FIELDS = {
    "balance": _("Balance"),
    "applied": _("Applied"),
    "written_off": _("Written off"),
    "applications": _("Applications"),
    "automatic": _("Automatic"),
    "parts": _("Divided into"),
    "divided_from": _("Divided from"),
    "on_hold": _("On hold"),
    "hold": _("On hold"),
    "then": _("Afterwards"),
    "counts_as": _("Counts as"),
    "position": _("Position"),
    "labels": _("Labels"),
    "note_required": _("Note required"),
    "auto_apply": _("Apply credit to new invoices"),
    "apply_to_existing": _("Apply new credit to open invoices"),
    "apply_order": _("Order of application"),
    "effective_days_back": _("Effective date, days in the past at most"),
    "allow_close": _("Closing allowed"),
    "credit_paid_invoices": _("Paid invoices may be credited"),
    "grouped_creation": _("Lines grouped"),
    "customers_may_apply": _("Customers may apply"),
}
BADGES = {
    "credit_memo": {
        "draft": Badge("plain", "pencil", _("Draft")),
        "awaiting_approval": Badge("warn", "hourglass-split", _("Awaiting approval")),
        "rejected": Badge("bad", "x-circle", _("Rejected")),
        "discarded": Badge("quiet", "trash", _("Discarded")),
        "unapplied": Badge("info", "circle", _("Unapplied")),
        "partially_applied": Badge("info", "circle-half", _("Partially applied")),
        "fully_applied": Badge("good", "check-circle-fill", _("Fully applied")),
        "paid_out": Badge("good", "cash-stack", _("Paid out")),
        "payout_pending": Badge("warn", "hourglass-split", _("Payout pending")),
        "closed": Badge("quiet", "lock-fill", _("Closed")),
        "voided": Badge("quiet", "slash-circle", _("Voided")),
        "on_hold": Badge("warn", "pause-fill", _("On hold")),
        "small_difference": Badge("plain", "cash-coin", _("Small difference")),
        "uncollectible": Badge("plain", "x-octagon", _("Uncollectible")),
        "settled": Badge("plain", "check2", _("Settled by the merchant")),
    },
}
PLACES = [
    Place(Section.BILLING, 10, _("Credit memos"), "creditmemos:list", "file-earmark-minus", "creditmemos.view"),
    Place(
        Section.BILLING,
        50,
        _("Approvals"),
        "creditmemos:approvals",
        "clipboard-check",
        "creditmemos.approve",
        waiting=requests_waiting,
    ),
]


def _applications(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Each with the other document's number; rows of earlier releases have none, and are summed."""
    if all("invoice" in row or "memo" in row for row in rows):
        return "; ".join(_application(row, currency) for row in rows)
    total = sum(row.get("amount", 0) for row in rows)
    if total < 0:
        text = ngettext("%(total)s reversed on one invoice", "%(total)s reversed in %(n)s rows", len(rows))
    else:
        text = ngettext("%(total)s on one invoice", "%(total)s in %(n)s rows", len(rows))
    return text % {"total": amount_text(abs(total), currency), "n": len(rows)}


def _parts(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    amounts = ", ".join(amount_text(row["amount"], currency) for row in rows)
    return ngettext("%(amounts)s in one memo", "%(amounts)s in %(n)s memos", len(rows)) % {
        "amounts": amounts, "n": len(rows),
    }  # fmt: skip


def _application(row: Mapping[str, Any], currency: str) -> str:
    """One of them, as its memo tells it ("on" an invoice) or its invoice ("of" a memo)."""
    if "memo" in row:
        text = _("%(amount)s of %(memo)s") if row["amount"] > 0 else _("%(amount)s back to %(memo)s")
    else:
        text = _("%(amount)s on %(invoice)s") if row["amount"] > 0 else _("%(amount)s back from %(invoice)s")
    return str(text) % {**row, "amount": amount_text(abs(row["amount"]), currency)}


def _things() -> Iterator[Thing]:
    yield Thing(
        "creditreason", _("Reason"), name=column(CreditReason.objects.all(), "code"), page="creditmemos:reasons", by="",
        permission="settings.view",
    )  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    say_rows("applications", _applications)
    say_rows("parts", _parts)
    say("divided_from", lambda pk: gettext("credit memo with ID %(id)s") % {"id": pk})
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES,
        amounts={"balance", "applied", "written_off"}, silent={"application", "confirmed", "groups"},
    )  # fmt: skip
