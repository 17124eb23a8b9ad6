"""What the pages of the access walk are about, found in a database that was not made for it."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from billing.models import BillingEvent, BillingException, BillingRun, EventImport
from companies.members import Member
from companies.models import Company, CompanyImport, Membership, MerchantOfRecord
from core.models import Approval, SavedFilter
from creditmemos.models import Application, CreditMemo, CreditReason
from documents.models import (
    DocumentArchive,
    DocumentNote,
    DocumentTemplate,
    StoredDocument,
    TemplateAsset,
    TemplateVersion,
)
from invoices.models import Invoice
from ledger.models import BalanceAccount
from limits.models import CheckoutToken
from notifications.models import BouncedAddress, Delivery, MailTemplate
from payments.models import Allocation, Payment, PaymentReturn, Refund
from subscriptions.models import Edition, Product, Subscription

Kwargs = dict[str, Any]
MOST = 2


def one_of_each(rows: QuerySet[Any], column: str) -> list[Any]:
    """The first and the last row of each value of a column."""
    values = rows.order_by(column).values_list(column, flat=True).distinct()
    found: list[Any] = []
    for value in values:
        same = rows.filter(**{column: value}).order_by("pk")
        found += {row.pk: row for row in [*same[:1], *same.reverse()[:1]]}.values()
    return found


def ids(rows: list[Any] | QuerySet[Any]) -> list[Kwargs]:
    """Arguments of an address with one id."""
    return [{"pk": row.pk} for row in rows]


def about(kind: str, rows: list[Model], **more: object) -> list[Kwargs]:
    """Arguments of an address that names a document by kind and id."""
    return [{"kind": kind, "document_id": row.pk, **more} for row in rows]


def _memos(member: Member) -> list[Any]:
    issued = CreditMemo.objects.filter(marketplace=member.marketplace, number__isnull=False)
    return one_of_each(issued, "status")


def _drafts(member: Member, *states: str) -> list[Any]:
    return one_of_each(CreditMemo.objects.filter(marketplace=member.marketplace, status__in=states), "status")


def _invoices(member: Member) -> list[Any]:
    return one_of_each(Invoice.objects.filter(marketplace=member.marketplace, number__isnull=False), "status")


def _applications(member: Member) -> list[Kwargs]:
    rows = Application.objects.filter(memo__marketplace=member.marketplace, reverses=None, amount__gt=0)
    return [{"pk": row.memo_id, "application": row.pk} for row in rows.order_by("pk")[:MOST]]


def _inside(model: type[Any], column: str = "pk", **which: object) -> Callable[[Member], list[Kwargs]]:
    def find(member: Member) -> list[Kwargs]:
        return ids(one_of_each(model.objects.filter(marketplace=member.marketplace, **which), column)[: 6 * MOST])

    return find


KIND_OF_MAIL = {"kind": "credit_memo_pdf_created"}
THINGS: dict[str, Callable[[Member], list[Kwargs]]] = {
    "memo": lambda member: ids(_memos(member)),
    "memo or draft": lambda member: ids(
        _memos(member) + _drafts(member, "draft", "rejected", "discarded", "awaiting_approval")
    ),
    "draft": lambda member: ids(_drafts(member, "draft", "rejected")),
    "waiting draft": lambda member: ids(_drafts(member, "awaiting_approval")),
    "invoice": lambda member: ids(_invoices(member)),
    "application": _applications,
    "payment": _inside(Payment, "status"),
    "refund": _inside(Refund, "status"),
    "allocation": lambda member: [
        {"pk": row.payment_id, "allocation": row.pk}
        for row in Allocation.objects.filter(marketplace=member.marketplace)[:MOST]
    ],
    "payment return": lambda member: [
        {"pk": row.payment_id, "row": row.pk}
        for row in PaymentReturn.objects.filter(payment__marketplace=member.marketplace)[:MOST]
    ],
    "account": _inside(BalanceAccount),
    "company": _inside(Company, "kind"),
    "payer": _inside(Company, "kind"),
    "addend": lambda member: [
        {"pk": row.pk, "name": name}
        for row in Company.objects.filter(marketplace=member.marketplace)[: 2 * MOST]
        for name in ("dues", "pending", "periods", "events", "reserved", "credit", "carried", "on_account")
    ],
    "token": _inside(CheckoutToken),
    "billed company": _inside(Company, kind="customer"),
    "membership": lambda member: ids(Membership.objects.filter(company__marketplace=member.marketplace)[: 4 * MOST]),
    "merchant": _inside(MerchantOfRecord),
    "file of companies": _inside(CompanyImport),
    "reason": _inside(CreditReason),
    "saved filter": lambda member: ids(SavedFilter.objects.filter(user=member.user)),
    "approval": _inside(Approval, "decision"),
    "subscription": _inside(Subscription),
    "product": _inside(Product),
    "edition": lambda member: ids(Edition.objects.filter(product__marketplace=member.marketplace)[:MOST]),
    "exception": _inside(BillingException),
    "run": _inside(BillingRun, "state"),
    "event": _inside(BillingEvent, "status"),
    "import": _inside(EventImport, "state"),
    "stored": _inside(StoredDocument),
    "about": lambda member: about("credit_memo", _memos(member)) + about("invoice", _invoices(member)),
    "einvoice": lambda member: about("invoice", _invoices(member)[:MOST], syntax="ubl"),
    "charged": lambda member: about("invoice", _invoices(member)),
    "pdf": lambda member: about("credit_memo", _memos(member), purpose="original"),
    "listed": lambda _member: [{"kind": "credit_memo"}, {"kind": "invoice"}],
    "archive": lambda member: ids(DocumentArchive.objects.filter(requested_by=member.user)),
    "template": _inside(DocumentTemplate),
    "version": lambda member: ids(
        TemplateVersion.objects.filter(Q(marketplace=None) | Q(marketplace=member.marketplace))[: 2 * MOST]
    ),
    "asset": _inside(TemplateAsset),
    "printed": lambda _member: [{"kind": "credit_memo", "language": "en"}],
    "note": _inside(DocumentNote, "kind", size__gt=0, struck_by__isnull=True),
    "delivery": _inside(Delivery, "state"),
    "mail": _inside(Delivery, "state"),
    "bounced": _inside(BouncedAddress),
    "kind of mail": lambda _member: [KIND_OF_MAIL],
    "mail language": lambda _member: [{**KIND_OF_MAIL, "language": "de"}],
    "mail text": _inside(MailTemplate),
}
