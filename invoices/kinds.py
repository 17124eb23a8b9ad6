"""The invoice as a kind of document, and what it shares with the credit memo."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from babel import Locale
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.domain.bank_details import BankDetails
from companies.members import Member
from core.printable import one_line
from documents.domain.kinds import Content, CreditUsed, DocumentKind
from documents.einvoice import model
from documents.pdf.printing import amount, day
from documents.templates.variables import Group, Variable, each, if_any
from invoices import mails
from invoices.models import BillingDocumentQuerySet, Invoice, InvoiceLine
from invoices.printing import base_content, paid_to
from notifications.queries import is_enabled

SAMPLE_ACCOUNT = BankDetails(
    holder="", iban="DE89370400440532013000", bic="COBADEFFXXX", bank_name="Commerzbank",
    instructions="",
)  # fmt: skip
"""An IBAN of no account, from its standard's examples."""
LATEST = 10
"""Numbers that are offered to choose from."""


class BillingKind(DocumentKind):
    """A kind whose documents are rows of a ``BillingDocument``."""

    pdf_mail: str
    """The mail that waits for the PDFs of new documents."""
    plural: str | Promise
    """What several of them are called."""
    permission: str
    """Who may find and open them, as far as they are visible to them."""

    @abstractmethod
    def documents(self) -> BillingDocumentQuerySet[Any]:
        """Every row, drafts too."""

    def visible_among(self, ids: Sequence[int], member: Member) -> set[int]:
        """Those whose whole PDF this member may have, in one query."""
        if not member.may("documents.download"):
            return set()
        return set(self._seen_by(member).filter(pk__in=ids).values_list("pk", flat=True))

    def find(self, number: str, member: Member) -> int | None:
        """The id of the issued document with this number that the member sees."""
        found: int | None = self._seen_by(member).filter(number=number).values_list("pk", flat=True).first()
        return found

    def _seen_by(self, member: Member) -> QuerySet[Any]:
        return self.printed(self.documents().visible_to(member))

    def latest(self, member: Member) -> list[str]:
        """The numbers that were issued last."""
        issued = self._seen_by(member).filter(number__isnull=False)
        return list(issued.order_by("-pk").values_list("number", flat=True)[:LATEST])

    def is_void(self, document_id: int) -> bool:
        """Whether it was voided."""
        return bool(self.documents().filter(pk=document_id, voided_at__isnull=False).exists())

    def is_waited_for(self, marketplace_id: int) -> bool:
        """Where the mail about new PDFs is sent."""
        return is_enabled(self.pdf_mail, marketplace_id)


class InvoiceKind(BillingKind):
    """An invoice; which credits were used on it, the app of credit memos tells it, which stands above."""

    name = "invoice"
    label = _("Invoice")
    plural = _("Invoices")
    permission = "invoices.view"
    page = "invoices:detail"
    list_page = "invoices:list"
    id_key = "invoice_id"
    issued = "invoice.issued"
    voided = "invoice.voided"
    prefix_setting = "invoice_prefix"
    einvoice_type = model.INVOICE
    pdf_mail = mails.PDF_CREATED
    has_unified = True
    design_words = {
        "en": {
            "title": "Invoice",
            "total": "Total",
            "closing": "Please pay by the due date and quote the invoice number.",
        },
        "de": {
            "title": "Rechnung",
            "total": "Gesamtbetrag",
            "closing": "Bitte zahlen Sie bis zum Fälligkeitstag unter Angabe der Rechnungsnummer.",
        },
        "fr": {
            "title": "Facture",
            "total": "Total",
            "closing": "Merci de payer avant l’échéance en rappelant le numéro de la facture.",
        },
    }
    variables = (if_any("due_date", _("Day by which it must be paid")),)
    sum_variables = (
        if_any("carried", _("Balance carried over from earlier invoices")),
        Variable("due", _("Amount to be paid")),
    )
    variable_groups = (
        Group(
            _("Pay to"),
            (
                if_any("pay_to.holder", _("Account holder; empty where nothing is to be paid, or no account is known")),
                if_any("pay_to.iban", _("IBAN in groups of four; empty where accounts have none")),
                if_any("pay_to.account_number", _("Account number, without an IBAN")),
                if_any("pay_to.routing_code", _("Routing code, with an account number")),
                if_any("pay_to.bic", _("BIC")),
                if_any("pay_to.bank", _("Name of the bank")),
                if_any("pay_to.instructions", _("Payment instructions, one line")),
                if_any("pay_to.reference", _("What to quote: the number of the invoice")),
            ),
        ),
        Group(
            _("Unified view"),
            (
                Variable(
                    "unified",
                    _("Whether credit and payments are shown: true or false"),
                    "{% if unified %}{{ credited }} {{ paid }} {{ due }}{% endif %}",
                ),
                if_any("as_of", _("Day that credit and payments are true of")),
                *each(
                    "credits",
                    "credit",
                    ("number", _("Number of the credit memo")),
                    ("date", _("Day on which it was used")),
                    ("amount", _("Amount, below zero")),
                ),
                if_any("credited", _("Total of the credit, below zero")),
                if_any("paid", _("Payments, below zero")),
                Variable(
                    "settled",
                    _("Whether nothing is left to pay as of that day: true or false"),
                    "{% if settled %}{{ as_of }}{% endif %}",
                ),
            ),
        ),
    )
    _credits: Callable[[int], list[CreditUsed]]

    def credits_from(self, read: Callable[[int], list[CreditUsed]]) -> None:
        """Let ``read(invoice_id)`` say which credits were used on an invoice and not taken back, in their order."""
        self._credits = read

    def documents(self) -> BillingDocumentQuerySet[Any]:
        """Every row, drafts too."""
        return Invoice.objects.all()

    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        """Everything printed of each issued invoice, from what was frozen then; in three queries."""
        invoices = Invoice.objects.filter(pk__in=ids, number__isnull=False).select_related("marketplace")
        lines = InvoiceLine.objects.order_by("position").prefetch_related("taxes")
        found = invoices.prefetch_related(Prefetch("lines", lines))
        return {invoice.pk: _content(invoice) for invoice in found}

    def unified(self, document_id: int) -> Content:
        """What it says as of now: its own content, with the credits used on it that were not taken back."""
        invoice = Invoice.objects.select_related("marketplace").get(pk=document_id)
        found = self.content(document_id)
        found["credits"] = self._credits(document_id)
        found["credited"], found["paid"], found["due"] = invoice.credited, invoice.paid, invoice.amount_due
        found["as_of"] = str(invoice.marketplace.today(timezone.now()))
        return found

    def sample(self, content: Content) -> Content:
        """A due date, an account to pay to, and nothing used on it yet."""
        content["pay_to"] = replace(SAMPLE_ACCOUNT, holder=content["merchant"]["name"])
        content["number"], content["due_date"] = "INV-2026-00171", "2026-07-03"
        content["credits"], content["credited"], content["paid"] = [], 0, 0
        return content

    def unified_sample(self, content: Content) -> Content:
        """Two credits and a payment."""
        credited, paid = content["total"] // 5, content["total"] // 4
        content["credits"] = [
            {"number": "CM-2026-00039", "date": "2026-06-10", "amount": credited - credited // 3},
            {"number": "CM-2026-00042", "date": "2026-06-17", "amount": credited // 3},
        ]
        content["credited"], content["paid"], content["as_of"] = credited, paid, "2026-06-24"
        content["due"] = content["total"] - credited - paid
        return content

    def texts(self, content: Content, locale: Locale) -> dict[str, Any]:
        """When and how much to pay, and what was used on it."""
        currency = content["currency"]
        credited, paid = content.get("credited", 0), content.get("paid", 0)
        return {
            "due_date": day(content["due_date"], locale),
            "carried": amount(-content["carried"], currency, locale) if content["carried"] else "",
            "as_of": day(content.get("as_of", ""), locale),
            "credits": [_credit(credit, currency, locale) for credit in content.get("credits", [])],
            "credited": amount(-credited, currency, locale) if credited else "",
            "paid": amount(-paid, currency, locale) if paid else "",
            "due": amount(content["due"], currency, locale),
            "settled": bool(content.get("as_of")) and content["due"] == 0,
            "pay_to": _pay_to(content),
        }


def _content(invoice: Invoice) -> Content:
    found = base_content(invoice, [(line, list(line.taxes.all()), line.discount) for line in invoice.lines.all()])
    found["due_date"] = str(invoice.due_date)
    found["carried"] = invoice.carried_in
    found["due"] = invoice.total - invoice.carried_in + invoice.carried_out
    found["credits"], found["credited"], found["paid"] = [], 0, 0
    if details := paid_to(invoice):
        found["pay_to"] = details
    return found


def _pay_to(content: Content) -> dict[str, str]:
    """Where to pay what is due; empty texts where nothing is, it is void, or no account was known at issue."""
    is_owed = content["due"] > 0 and not content.get("voided_on")
    details = content.get("pay_to") if is_owed else None
    if details is None:
        details, reference = BankDetails(holder=""), ""
    else:
        reference = one_line(content["number"])
    return {
        "holder": one_line(details.holder),
        "iban": details.account if details.iban else "",
        "account_number": details.account_number,
        "routing_code": details.routing_code,
        "bic": details.bic,
        "bank": one_line(details.bank_name),
        "instructions": one_line(details.instructions),
        "reference": reference,
    }


def _credit(credit: CreditUsed, currency: str, locale: Locale) -> dict[str, str]:
    return {
        "number": one_line(credit["number"]),
        "date": day(credit["date"], locale),
        "amount": amount(-credit["amount"], currency, locale),
    }


INVOICE = InvoiceKind()
