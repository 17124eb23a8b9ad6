"""The page of one invoice, its journal and its activity; each member sees what the role allows."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import BigIntegerField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.queries.explaining import explain
from creditmemos.domain.adjustments import SMALL_DIFFERENCE, UNCOLLECTIBLE
from creditmemos.domain.wording import FOR_CUSTOMERS, PURPOSES
from creditmemos.models import Application, CreditMemo
from creditmemos.operations import reversing
from creditmemos.queries.adjustments import purpose_shown
from creditmemos.queries.evidence import told_of_invoice
from creditmemos.queries.invoice_credits import annotated_invoices, applications_on, is_live, memos_from
from creditmemos.queries.postings import MOST_POSTINGS, postings_on_invoice
from invoices.domain.grouping import grouped
from invoices.domain.states import days_overdue
from invoices.domain.tax_rows import tax_rows
from invoices.domain.wording import SOURCES
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from invoices.printing import paid_to
from invoices.tables import state_for
from invoices.views.actions import actions_of
from ledger.domain.naming import payment_name
from payments.models import Intended, Payment, Refund
from payments.operations import taking_off
from payments.operations.guards import may_be_paid
from payments.operations.refund_items import PERMISSION as REFUND
from payments.queries.attention import why_failed
from payments.queries.charging import PART, being_charged, has_method, last_charge
from payments.queries.evidence import money_told_of_invoice
from payments.queries.on_invoice import has_money, money_on, sent_back, waiting_for
from payments.queries.refunds import annotated_refunds
from web.access import is_partial
from web.activity import deeds
from web.views import Action, DetailPage, part_or_anew

LINES, CREDITS, ENTRIES = 100, 40, 50
"""Rows of one page of each table."""
MOST_UNIFIED = 20
"""Credits named one by one beside the charges; more are in the Credits block."""


class OneInvoice(DetailPage):
    """What the pages of one invoice share."""

    permission = "invoices.view"
    object_name = "invoice"

    def queryset(self) -> QuerySet[Invoice]:
        """What the member sees, with its annotations."""
        return annotated_invoices(self.member).annotate(
            has_method=has_method(), last_charge=last_charge(), has_money=has_money()
        )

    @property
    def is_masked(self) -> bool:
        """Whether only lines of the member's own products may be told."""
        return bool(self.member.is_developer)


class CreditRow(NamedTuple):
    """One use of credit, or its reversal; ``may_open``: the member sees the memo's own page.

    ``purpose`` is the badge of an adjustment, empty for ordinary credit.
    """

    application: Application
    is_live: bool
    may_open: bool
    purpose: str

    @property
    def may_reverse(self) -> bool:
        """Whether it still counts, and its memo takes credit back."""
        return self.is_live and reversing.takes_back(self.application.memo)


class InvoicePage(OneInvoice):
    """Everything about one invoice."""

    template_name = "invoices/detail.html"

    @cached_property
    def lines(self) -> list[Any]:
        """The lines that the member sees, in order; ``credited`` is what memos credited of each, net and taxes."""
        taxes = InvoiceLineTax.objects.filter(line=OuterRef("pk")).order_by().values("line")
        of_tax = Coalesce(Subquery(taxes.annotate(sum=Sum("credited")).values("sum")), Value(0))
        found = InvoiceLine.objects.filter(invoice=self.object).prefetch_related("taxes").order_by("position")
        found = found.annotate(credited=ExpressionWrapper(F("credited_net") + of_tax, BigIntegerField()))
        lines = list(found.filter(vendor_id=self.member.company.pk) if self.is_masked else found)
        if self.object.source == Invoice.Source.BILLING:
            explain(lines, self.object.currency)
        return lines

    @cached_property
    def credits(self) -> list[CreditRow]:
        """What was used on it; developers see none, as it tells the document's amounts."""
        if self.is_masked:
            return []
        return [
            CreditRow(row, is_live(row), self._may_open(row.memo), purpose_shown(row.memo, self.member))
            for row in applications_on(self.object)
        ]

    def _may_open(self, memo: CreditMemo) -> bool:
        return not self.member.is_plain_user or memo.billed_user_id == self.member.user.pk

    @cached_property
    def waiting(self) -> list[Intended]:
        """What pending payments will bring."""
        return [] if self.is_masked else waiting_for(self.object)

    @property
    def charge(self) -> Intended | None:
        """What is being charged for it now."""
        return next((row for row in self.waiting if row.payment.channel == Payment.Channel.GATEWAY), None)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or whether it is still being charged."""
        if is_partial(request, PART):
            found = self.charging()
            return part_or_anew(request, "payments/_charging.html", found and {"charging": found})
        return super().get(request, *args, **kwargs)

    def charging(self) -> dict[str, Any] | None:
        """What says that it is being charged; None where it is not."""
        row = self.charge
        if row is None:
            return None
        url = reverse("invoices:detail", args=[self.object.pk])
        names = self.member.may("payments.view")
        return being_charged(row.amount, row.payment, timezone.now(), url=url, names_method=names)

    def failed_charge(self) -> dict[str, Any] | None:
        """The last charge, when it failed and the money is still missing; for those who see payments."""
        invoice = self.object
        if self.is_masked or not may_be_paid(invoice) or not self.member.may("payments.view"):
            return None
        last = invoice.last_charge
        if not last or last["status"] != Payment.Status.FAILED:
            return None
        why = why_failed(last["code"], is_staff=self.member.is_staff_side)
        return {**last, "why": why, "name": payment_name(last["number"])}

    def actions(self) -> Iterable[Action]:
        """By status and role."""
        room = any(line.net > line.credited_net or _tax_room(line) for line in self.lines)
        can_charge = self.object.has_method and self.charge is None
        return actions_of(self.object, self.member, has_room=room, can_charge=can_charge)

    def context(self) -> dict[str, Any]:
        """Lines, sums, credits and facts."""
        invoice, today = self.object, timezone.localdate()
        line_page = Paginator(self.lines, LINES).get_page(self.request.GET.get("lines"))
        credit_pages = Paginator(self.credits, CREDITS)
        live = [row for row in self.credits if row.is_live]
        reads_sums = not self.is_masked
        memos = memos_from(invoice, self.member)
        return {
            "is_masked": self.is_masked,
            "state": state_for(invoice, today, is_masked=self.is_masked, is_staff=self.member.is_staff_side),
            "days_overdue": days_overdue(invoice, today),
            "groups": grouped(line_page),
            "line_page": line_page,
            "net": sum(line.net for line in self.lines),
            "tax": sum(line.tax for line in self.lines),
            "gross": sum(line.gross for line in self.lines),
            "credited": sum(line.credited for line in self.lines),
            "discount": sum(line.discount for line in self.lines),
            "tax_rows": tax_rows(self.lines),
            "bar": self.bar() if reads_sums else [],
            "credits": credit_pages.get_page(self.request.GET.get("credits") or credit_pages.num_pages),
            "unified": live[:MOST_UNIFIED] if invoice.marketplace.settings.unified_invoice else [],
            "unified_rest": sum(row.application.amount for row in live[MOST_UNIFIED:]),
            "memos": [(memo, _reason(memo)) for memo in memos],
            "refunds": self._refunds(),
            "refunds_title": _("Refunds"),
            "may_refund": not invoice.is_own and self.member.may(REFUND),
            "sees_refund_notes": self.member.is_staff_side,
            "sent_back": sent_back(memos) if reads_sums and self.member.may("payments.view") else [],
            "money": money_on(invoice) if reads_sums and invoice.has_money else [],
            "waiting_money": self.waiting,
            "charging": self.charging(),
            "failed_charge": self.failed_charge(),
            "may_take_off": not invoice.is_own and self.member.may(taking_off.PERMISSION),
            "sees_payments": self.member.may("payments.view"),
            "pay_to": paid_to(invoice) if reads_sums and invoice.amount_due else None,
            "source": SOURCES[invoice.source],
            "may_reverse": reversing.gives_back(invoice) and self.member.may(reversing.PERMISSION),
            "sees_reason": self.member.may("creditmemos.view_reason"),
            "sees_activity": self.member.may("audit.view"),
            "sees_books": self.member.is_staff_side,
            "sees_documents": reads_sums and self.member.may("documents.download"),
            "sees_companies": self.member.may("companies.view"),
        }

    def _refunds(self) -> list[Refund]:
        """Each attempt at giving a carried balance back; no query where none was carried."""
        if not self.object.carried_out or self.is_masked or not self.member.may("payments.view"):
            return []
        return list(annotated_refunds(self.member).filter(invoice=self.object).order_by("pk"))

    @property
    def _given_up(self) -> Any:
        """What a debt that was given up is called for who looks."""
        return (PURPOSES if self.member.is_staff_side else FOR_CUSTOMERS)[UNCOLLECTIBLE]

    def bar(self) -> list[tuple[Any, ...]]:
        """What became of the total, as the stacked bar wants it."""
        invoice, pending = self.object, self.object.payment_pending
        if invoice.voided_at:
            return [("quiet", _("Voided"), invoice.total)]
        return [
            ("info", _("Applied"), invoice.credited - invoice.difference - invoice.uncollectible, "#credits"),
            ("quiet", PURPOSES[SMALL_DIFFERENCE], invoice.difference, "#credits"),
            ("quiet", self._given_up, invoice.uncollectible, "#credits"),
            ("good", _("Paid"), invoice.paid, "#payments"),
            ("quiet", _("Carried over"), invoice.carried_in),
            ("warn", _("Being paid"), pending),
            ("plain", _("Left to pay") if pending else _("Due"), invoice.amount_due - pending),
        ]


def _reason(memo: CreditMemo) -> str:
    return memo.reason.label(get_language() or "en") if memo.reason else ""


def _tax_room(line: InvoiceLine) -> bool:
    return any(tax.amount > tax.credited for tax in line.taxes.all())


class Part(OneInvoice):
    """A section that the page fetches when it is looked at, and a page of its own without JavaScript."""

    part_template = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The section alone for htmx, else the page around it."""
        self.template_name = self.part_template if is_partial(request) else "invoices/part.html"
        return super().get(request, *args, **kwargs)


class Journal(Part):
    """Every transaction of the books that concerns the invoice; for those who keep them."""

    permission = "audit.view"
    part_template = "invoices/_journal.html"

    def context(self) -> dict[str, Any]:
        """The transactions with their entries."""
        return {
            "title": _("Journal of %(invoice)s") % {"invoice": self.object},
            "postings": postings_on_invoice(self.object),
            "most_postings": MOST_POSTINGS,
        }


class Activity(Part):
    """Who did what with the invoice and its documents, in words."""

    permission = "audit.view"
    part_template = "invoices/_activity.html"

    def context(self) -> dict[str, Any]:
        """Audit rows, newest first."""
        invoice = self.object
        told = [*told_of_invoice(invoice), *money_told_of_invoice(invoice)]
        told.sort(key=lambda each: -each.entry.pk)
        page = Paginator(told, ENTRIES).get_page(self.request.GET.get("entries"))
        return {
            "title": _("Activity of %(invoice)s") % {"invoice": invoice},
            "entries": deeds(page, invoice.currency),
            "entry_page": page,
        }
