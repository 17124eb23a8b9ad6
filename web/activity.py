"""Audit rows in words: what each verb is called, and what a row's ``before`` and ``after`` say to a reader.

Names only, so that ``core`` imports no app. A verb or field that is not listed shows under its own name.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.formats import DASH, amount_text
from core.labels import word
from core.models import AuditEntry
from web.badges import BADGES, badge_text

VERBS: dict[str, str | Promise] = {
    "creditmemo.issued": gettext_lazy("Issued a credit memo"),
    "creditmemo.issue_requested": gettext_lazy("Asked to issue a credit memo"),
    "creditmemo.close_requested": gettext_lazy("Asked to close a credit memo"),
    "creditmemo.reopen_requested": gettext_lazy("Asked to reopen a credit memo"),
    "creditmemo.approved": gettext_lazy("Approved a credit memo"),
    "creditmemo.rejected": gettext_lazy("Rejected a request"),
    "creditmemo.withdrawn": gettext_lazy("Withdrew a request"),
    "creditmemo.alone": gettext_lazy("Chose to act alone"),
    "request.invite_requested": gettext_lazy("Asked to add a member"),
    "request.change_roles_requested": gettext_lazy("Asked to change a member's roles"),
    "request.grant_requested": gettext_lazy("Asked to grant a permission"),
    "request.change_settings_requested": gettext_lazy("Asked to change the settings"),
    "request.approved": gettext_lazy("Approved a request"),
    "request.rejected": gettext_lazy("Rejected a request"),
    "request.withdrawn": gettext_lazy("Withdrew a request"),
    "request.alone": gettext_lazy("Chose to act alone"),
    "creditmemo.discarded": gettext_lazy("Discarded a draft"),
    "creditmemo.applied": gettext_lazy("Applied credit"),
    "creditmemo.reversed": gettext_lazy("Reversed an application"),
    "creditmemo.voided": gettext_lazy("Voided a credit memo"),
    "creditmemo.closed": gettext_lazy("Closed a credit memo"),
    "creditmemo.reopened": gettext_lazy("Reopened a credit memo"),
    "creditmemo.held": gettext_lazy("Held credit"),
    "creditmemo.released": gettext_lazy("Released credit"),
    "creditreason.added": gettext_lazy("Added a credit reason"),
    "creditreason.changed": gettext_lazy("Changed a credit reason"),
    "invoice.issued": gettext_lazy("Issued an invoice"),
    "invoice.voided": gettext_lazy("Voided an invoice"),
    "subscription.started": gettext_lazy("Began a subscription"),
    "subscription.changed": gettext_lazy("Changed a subscription"),
    "subscription.cancelled": gettext_lazy("Cancelled a subscription"),
    "product.added": gettext_lazy("Added a product"),
    "product.changed": gettext_lazy("Added to a product"),
    "discount.added": gettext_lazy("Added a discount"),
    "event.recorded": gettext_lazy("Recorded a billing event"),
    "request.void_requested": gettext_lazy("Asked to void a credit memo"),
    "request.undo_and_void_requested": gettext_lazy("Asked to undo and void a credit memo"),
    "request.reverse_requested": gettext_lazy("Asked to reverse an application"),
    "request.void_invoice_requested": gettext_lazy("Asked to void an invoice"),
    "request.subscribe_requested": gettext_lazy("Asked to begin a subscription"),
    "request.change_subscription_requested": gettext_lazy("Asked to change a subscription"),
    "request.cancel_subscription_requested": gettext_lazy("Asked to cancel a subscription"),
    "request.discount_requested": gettext_lazy("Asked to grant a discount"),
    "request.bill_event_requested": gettext_lazy("Asked to bill an event"),
    "request.bill_import_requested": gettext_lazy("Asked to bill what waits of a file"),
    "event.retried": gettext_lazy("Let a billing event be tried again"),
    "import.started": gettext_lazy("Imported billing events"),
    "import.stopped": gettext_lazy("Stopped an import"),
    "import.resumed": gettext_lazy("Went on with an import"),
    "exception.seen": gettext_lazy("Marked a billing exception as seen"),
    "billing.waits_again": gettext_lazy("Let what a document billed be billed again"),
    "run.started": gettext_lazy("Started a billing run"),
    "run.stopped": gettext_lazy("Stopped a billing run"),
    "run.broken_off": gettext_lazy("A billing run was broken off"),
    "run.retried": gettext_lazy("Tried failed payers again"),
    "run.finished": gettext_lazy("A billing run ended"),
    "billing_settings.changed": gettext_lazy("Changed the billing settings"),
    "tax_table.changed": gettext_lazy("Changed the tax table"),
    "marketplace.moved": gettext_lazy("Moved the marketplace to pipeline V2"),
    "documents.try_again": gettext_lazy("Had a failed PDF made again"),
    "documents.archive_requested": gettext_lazy("Asked for many PDFs at once"),
    "documents.regenerated": gettext_lazy("Asked for one more version of a PDF"),
    "template.created": gettext_lazy("Began a template"),
    "template.saved": gettext_lazy("Saved a template's draft"),
    "template.published": gettext_lazy("Published a template"),
    "template.activated": gettext_lazy("Chose what documents are printed with"),
    "template.asset_kept": gettext_lazy("Kept an image or font of templates"),
    "template.asset_removed": gettext_lazy("Took an image or font of templates away"),
    "member.invited": gettext_lazy("Invited a member"),
    "member.mailed_again": gettext_lazy("Sent an invitation again"),
    "member.accepted": gettext_lazy("Accepted an invitation"),
    "member.declined": gettext_lazy("Declined an invitation"),
    "member.appointed": gettext_lazy("Appointed a member from the machine"),
    "member.roles_changed": gettext_lazy("Changed a member's roles"),
    "member.deactivated": gettext_lazy("Deactivated a member"),
    "permission.granted": gettext_lazy("Granted a permission"),
    "permission.revoked": gettext_lazy("Revoked a permission"),
    "settings.changed": gettext_lazy("Changed the settings"),
    "period.closed": gettext_lazy("Closed a period"),
    "company.billing_changed": gettext_lazy("Changed how a company is billed"),
    "profile.changed": gettext_lazy("Changed the own profile"),
    "notification.changed": gettext_lazy("Changed a notification"),
    "notification.tested": gettext_lazy("Sent a mail to test a text"),
    "notifications.resend": gettext_lazy("Sent a mail again"),
    "mail_text.added": gettext_lazy("Added a mail text"),
    "mail_text.changed": gettext_lazy("Changed a mail text"),
    "bounce.cleared": gettext_lazy("Let an address be mailed again"),
    "outbox.redrive": gettext_lazy("Let failed work run again"),
}

FIELDS: dict[str, str | Promise] = {
    "through": gettext_lazy("Through"),
    "dry": gettext_lazy("Preview"),
    "payers": gettext_lazy("Payers"),
    "plan": gettext_lazy("Plan"),
    "edition": gettext_lazy("Edition"),
    "quantity": gettext_lazy("Quantity"),
    "day": gettext_lazy("Day"),
    "partial_credit": gettext_lazy("Credit for unused days"),
    "kind": gettext_lazy("Kind"),
    "key": gettext_lazy("Key"),
    "reason": gettext_lazy("Reason"),
    "frequency": gettext_lazy("Runs start"),
    "hour": gettext_lazy("Hour"),
    "lanes": gettext_lazy("Workers at once"),
    "change_day_is_new": gettext_lazy("Day of a change is of the new terms"),
    "cancel_day_is_used": gettext_lazy("Day of a cancellation is used"),
    "rules": gettext_lazy("Taxes"),
    "document": gettext_lazy("Prints"),
    "language": gettext_lazy("Language"),
    "origin": gettext_lazy("Copy of"),
    "revision": gettext_lazy("Draft"),
    "page_size": gettext_lazy("Paper"),
    "version": gettext_lazy("Version"),
    "file": gettext_lazy("File"),
    "size": gettext_lazy("Bytes"),
    "total": gettext_lazy("Total"),
    "net": gettext_lazy("Net"),
    "tax": gettext_lazy("Tax"),
    "amount": gettext_lazy("Amount"),
    "balance": gettext_lazy("Balance"),
    "applied": gettext_lazy("Applied"),
    "written_off": gettext_lazy("Written off"),
    "amount_due": gettext_lazy("Amount due"),
    "source": gettext_lazy("Source"),
    "made_by": gettext_lazy("Made by"),
    "status": gettext_lazy("Status"),
    "asked": gettext_lazy("Asked for"),
    "applications": gettext_lazy("Applications"),
    "automatic": gettext_lazy("Automatic"),
    "on_hold": gettext_lazy("On hold"),
    "roles": gettext_lazy("Roles"),
    "role": gettext_lazy("Role"),
    "permission": gettext_lazy("Permission"),
    "granted": gettext_lazy("Allowed"),
    "is_active": gettext_lazy("Active"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "labels": gettext_lazy("Labels"),
    "note_required": gettext_lazy("Note required"),
    "closed_through": gettext_lazy("Closed through"),
    "company_wide_billing": gettext_lazy("Company-wide billing"),
    "attempts": gettext_lazy("Attempts"),
    "error": gettext_lazy("Error"),
    "auto_apply": gettext_lazy("Use credit on new invoices"),
    "apply_to_existing": gettext_lazy("Use new credit on open invoices"),
    "apply_order": gettext_lazy("Order"),
    "allow_close": gettext_lazy("Closing allowed"),
    "allow_alone": gettext_lazy("Acting alone allowed"),
    "approval_threshold": gettext_lazy("Approval above"),
    "credit_paid_invoices": gettext_lazy("Paid invoices may be credited"),
    "grouped_creation": gettext_lazy("Lines grouped"),
    "unified_invoice": gettext_lazy("Unified view"),
    "customers_may_apply": gettext_lazy("Customers may apply"),
    "payment_terms_days": gettext_lazy("Payment terms in days"),
    "notification": gettext_lazy("Notification"),
    "enabled": gettext_lazy("Sent"),
    "audience": gettext_lazy("Goes to"),
    "attach_pdf": gettext_lazy("PDF attached"),
    "attach_xml": gettext_lazy("E-invoice attached"),
    "protection": gettext_lazy("Password of the PDF"),
    "new_phrase": gettext_lazy("New phrase"),
    "priority": gettext_lazy("Priority"),
    "conditions": gettext_lazy("Conditions"),
    "recipient": gettext_lazy("Recipient"),
    "answer": gettext_lazy("Answer"),
    "cc": gettext_lazy("Copies to"),
    "invoice_prefix": gettext_lazy("Prefix of invoices"),
    "memo_prefix": gettext_lazy("Prefix of credit memos"),
    "shared_numbers": gettext_lazy("One series for both"),
    "yearly_reset": gettext_lazy("Numbers start again each year"),
    "tax_by": gettext_lazy("Taxes are rounded"),
    "einvoice_in_pdf": gettext_lazy("E-invoice inside the PDF"),
}
AMOUNTS = frozenset(
    ["total", "net", "tax", "amount", "balance", "applied", "written_off", "amount_due", "approval_threshold"]
)
_PLACES = {name: place for place, name in enumerate(FIELDS)}
SILENT = frozenset(["currency", "user_id"])
"""Fields that another column shows, or that say nothing to people."""


class Change(NamedTuple):
    """One field of an audit row; ``before`` is empty where the row only says what holds now."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}" if self.before else f"{self.label}: {self.after}"


def verb_text(verb: str) -> str:
    """What a verb is called; an unknown one by its own name."""
    return str(VERBS.get(verb, verb.replace(".", ": ").replace("_", " ")))


def changes(entry: AuditEntry, currency: str) -> list[Change]:
    """What a row says, field by field; amounts in the row's own currency, else in ``currency``."""
    before, after = entry.before or {}, entry.after or {}
    used = str(after.get("currency") or before.get("currency") or currency)
    names = sorted({*after, *before}, key=_place)
    return [
        Change(
            label=str(FIELDS.get(name, name.replace("_", " ").capitalize())),
            before=_said(name, before, used),
            after=_said(name, after, used) or DASH,
        )
        for name in names
        if name not in SILENT and not (name in before and name in after and before[name] == after[name])
    ]


def _place(name: str) -> tuple[int, str]:
    """Fields in the order of their table: a stored object keeps none."""
    return _PLACES.get(name, len(_PLACES)), name


def _said(name: str, facts: Mapping[str, Any], currency: str) -> str:
    return value_text(name, facts[name], currency) if name in facts else ""


def value_text(name: str, value: Any, currency: str) -> str:
    """One stored value as people read it: amounts, yes and no, statuses and lists in words."""
    if value is None or value in ("", []):
        return DASH
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in AMOUNTS and isinstance(value, int):
        return amount_text(value, currency)
    if isinstance(value, list | dict):
        return _several(name, value, currency)
    text = str(value)
    if (said := word(name, text)) is not None:
        return said
    return badge_text("creditmemo", text) if text in BADGES["creditmemo"] else text


def _several(name: str, value: list[Any] | dict[str, Any], currency: str) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {value_text(key, one, currency)}" for key, one in value.items())
    if name == "applications":
        return _applications(value, currency)
    return ", ".join(value_text(name, one, currency) for one in value)


def _applications(rows: list[dict[str, Any]], currency: str) -> str:
    total = sum(row.get("amount", 0) for row in rows)
    if total < 0:
        text = ngettext("%(total)s taken back from one invoice", "%(total)s taken back in %(n)s rows", len(rows))
    else:
        text = ngettext("%(total)s on one invoice", "%(total)s in %(n)s rows", len(rows))
    return text % {"total": amount_text(abs(total), currency), "n": len(rows)}
