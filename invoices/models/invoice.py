"""Invoices: issued once, frozen then; only money and credit move afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition

from invoices.domain.balance import (
    CARRIED,
    DRAFT,
    PAID,
    PENDING,
    STATUSES,
    UNPAID,
    VOID,
    amount_due,
    due_sql,
    status_of,
    status_sql,
)
from invoices.models.document import BillingDocument, BillingDocumentQuerySet, DocumentLine, LineTax


class InvoiceQuerySet(BillingDocumentQuerySet["Invoice"]):
    """Named filters over invoices."""

    def moving(self) -> InvoiceQuerySet:
        """Only the columns that applying reads and changes; the others are fetched when they are asked for."""
        return self.only(
            "marketplace", "account", "billed_user", "currency", "number", "issue_date", "status", "voided_at", "total",
            "carried_in", "carried_out", "credited", "paid", "payment_pending", "amount_due",
        )  # fmt: skip

    def carrying(self) -> InvoiceQuerySet:
        """Invoices with a balance that nothing has taken over yet."""
        return self.filter(carried_out__gt=0, carried_taken=0)

    def unpaid(self) -> InvoiceQuerySet:
        """Invoices that credit can be used on: owing, and with no payment in flight."""
        return self.filter(status=UNPAID)


class Invoice(FSMModelMixin, BillingDocument):
    """What a payer owes. ``amount_due = total - carried_in + carried_out - credited - paid`` (I3).

    In a V1 marketplace a total below zero is carried on (``carried_out``) and taken over once, by a later invoice
    (``carried_to``, whose ``carried_in`` it is) or by a memo when the marketplace moves on: ``carried_taken``.
    """

    class Status(models.TextChoices):
        DRAFT = DRAFT, _("Draft")
        UNPAID = UNPAID, _("Unpaid")
        PENDING = PENDING, _("Pending")
        PAID = PAID, _("Paid")
        VOID = VOID, _("Void")
        CARRIED = CARRIED, _("Carried")

    class Source(models.TextChoices):
        CHECKOUT = "checkout", _("Checkout")
        BILLING = "billing", _("Billing run")
        AD_HOC = "ad_hoc", _("Ad hoc")

    status = FSMField(max_length=10, choices=Status.choices, default=DRAFT, protected=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    due_date = models.DateField(null=True)
    carried_in = models.BigIntegerField(default=0)
    carried_out = models.BigIntegerField(default=0)
    carried_taken = models.BigIntegerField(default=0)
    carried_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="carried_from")
    credited = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)
    payment_pending = models.BigIntegerField(default=0)
    amount_due = models.BigIntegerField(default=0)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i3_amount_due", condition=RawSQL(f"amount_due = {due_sql()}", (), output_field=BooleanField())
            ),
            models.CheckConstraint(name="i3_due_not_negative", condition=Q(amount_due__gte=0)),
            models.CheckConstraint(name="i3_pending_fits_due", condition=Q(payment_pending__lte=F("amount_due"))),
            models.CheckConstraint(
                name="i3_amounts_not_negative",
                condition=Q(
                    carried_in__gte=0, carried_out__gte=0, credited__gte=0, paid__gte=0, payment_pending__gte=0
                ),
            ),
            models.CheckConstraint(
                name="i3_only_carried_below_zero", condition=Q(total__gte=0) | Q(carried_out__gte=-F("total"))
            ),
            models.CheckConstraint(
                name="i3_carried_taken_whole", condition=Q(carried_taken=0) | Q(carried_taken=F("carried_out"))
            ),
            models.CheckConstraint(
                name="i3_carried_to_is_taken", condition=Q(carried_to__isnull=True) | Q(carried_taken__gt=0)
            ),
            models.CheckConstraint(
                name="i3_void_is_empty",
                condition=Q(voided_at__isnull=True) | Q(credited=0, paid=0, payment_pending=0),
            ),
            models.CheckConstraint(
                name="i5_invoice_status", condition=RawSQL(f"status = {status_sql()}", (), output_field=BooleanField())
            ),
            models.CheckConstraint(name="i10_invoice_total", condition=Q(total=F("net") + F("tax"))),
            models.CheckConstraint(
                name="i12_invoice_issued_whole",
                condition=Q(number__isnull=True, series__isnull=True, sequence__isnull=True, issue_date__isnull=True)
                | Q(
                    number__isnull=False,
                    series__isnull=False,
                    sequence__isnull=False,
                    issue_date__isnull=False,
                    document_date=F("issue_date"),
                    effective_date__lte=F("issue_date"),
                ),
            ),
            models.UniqueConstraint(fields=["marketplace", "merchant", "number"], name="i12_invoice_number_unique"),
            models.UniqueConstraint(fields=["series", "sequence"], name="i12_invoice_sequence_unique"),
            models.UniqueConstraint(fields=["id", "marketplace", "account", "currency"], name="invoice_with_account"),
        ]
        indexes = [
            models.Index(fields=["marketplace", "-document_date", "-id"], name="invoice_by_date"),
            models.Index(fields=["marketplace", "-sequence", "-id"], name="invoice_by_number"),
            models.Index(
                fields=["marketplace", "search_key"],
                opclasses=["int8_ops", "text_pattern_ops"],
                name="invoice_by_search",
            ),
            models.Index(fields=["marketplace", "payer_name", "id"], name="invoice_by_payer_name"),
            models.Index(fields=["marketplace", "total", "id"], name="invoice_by_total"),
            models.Index(fields=["marketplace", "amount_due", "id"], name="invoice_by_due"),
            models.Index(fields=["marketplace", "due_date", "id"], name="invoice_by_due_date"),
            models.Index(fields=["marketplace", "status", "-document_date", "-id"], name="invoice_by_status"),
            models.Index(fields=["payer", "-document_date", "-id"], name="invoice_by_payer"),
            models.Index(fields=["account", "due_date", "id"], name="invoice_open", condition=Q(status=UNPAID)),
            models.Index(fields=["account"], name="invoice_carrying", condition=Q(carried_out__gt=0, carried_taken=0)),
        ]

    def __str__(self) -> str:
        return self.number or gettext("draft invoice %(id)s") % {"id": self.pk}

    @property
    def carried(self) -> int:
        """What older invoices' balances took off it, less what it hands on, in minor units."""
        return self.carried_in - self.carried_out

    def derived_status(self) -> str:
        """The status that the row's own figures allow."""
        return status_of(
            issued=self.is_issued,
            voided=self.voided_at is not None,
            due=self.amount_due,
            carried_out=self.carried_out,
            payment_pending=self.payment_pending,
        )

    def derived_due(self) -> int:
        """``amount_due`` as its formula gives it, in minor units."""
        return amount_due(
            issued=self.is_issued,
            voided=self.voided_at is not None,
            total=self.total,
            carried_in=self.carried_in,
            carried_out=self.carried_out,
            credited=self.credited,
            paid=self.paid,
        )

    def _settled(self) -> str:
        self.amount_due = self.derived_due()
        return self.derived_status()

    @transition(field=status, source=DRAFT, target=RETURN_VALUE(UNPAID, PAID, CARRIED))
    def issue(self) -> str:
        """Become owed; a zero-total invoice is issued as paid."""
        return self._settled()

    @transition(field=status, source=UNPAID, target=RETURN_VALUE(UNPAID, PAID))
    def credit(self, amount: int) -> str:
        """Take credit of ``amount`` minor units."""
        self.credited += amount
        return self._settled()

    @transition(field=status, source=[UNPAID, PAID], target=RETURN_VALUE(UNPAID, PAID))
    def return_credit(self, amount: int) -> str:
        """Give credit of ``amount`` minor units back; a paid invoice becomes unpaid and keeps its due date."""
        self.credited -= amount
        return self._settled()

    @transition(field=status, source=[UNPAID, PENDING], target=RETURN_VALUE(UNPAID, PENDING, PAID))
    def pay(self, amount: int) -> str:
        """Take money of ``amount`` minor units."""
        self.paid += amount
        return self._settled()

    @transition(field=status, source=[UNPAID, PENDING, PAID], target=RETURN_VALUE(UNPAID, PENDING, PAID))
    def take_off(self, amount: int) -> str:
        """Lose money of ``amount`` minor units; a paid invoice becomes unpaid and keeps its due date."""
        self.paid -= amount
        return self._settled()

    @transition(field=status, source=[UNPAID, PAID], target=VOID)
    def void(self) -> None:
        """End it; ``voided_at`` must be set before."""
        self.amount_due = 0


class InvoiceLine(DocumentLine):
    """One charge. ``discount`` is inside ``net``; ``credited_net`` is what issued memos have credited of it (I9).

    ``paid_net`` is what payments have paid of its net.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    discount = models.BigIntegerField(default=0)
    credited_net = models.BigIntegerField(default=0)
    paid_net = models.BigIntegerField(default=0, db_default=0)

    class Meta(DocumentLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.CheckConstraint(name="i3_line_not_negative", condition=Q(discount__gte=0)),
            models.CheckConstraint(
                name="i9_line_not_over_credited",
                condition=Q(credited_net=0) | Q(credited_net__gte=0, credited_net__lte=F("net")),
            ),
            models.CheckConstraint(
                name="i3_line_not_over_paid", condition=Q(paid_net=0) | Q(paid_net__gte=0, paid_net__lte=F("net"))
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "invoice"], name="invoice_line_by_vendor", condition=Q(vendor__isnull=False))
        ]

    def __str__(self) -> str:
        return self.description


class InvoiceLineTax(LineTax):
    """One tax of a charge; ``credited`` is what issued memos have credited of it (I9), ``paid`` what was paid of it.

    It stays within ``amount``; where the invoice is taxed by document, within all amounts of the same name and rate.
    """

    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="taxes")
    credited = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0, db_default=0)

    class Meta(LineTax.Meta):
        constraints = [
            models.UniqueConstraint(fields=["line", "name"], name="invoice_tax_once"),
            models.CheckConstraint(name="i9_tax_credit_not_negative", condition=Q(credited__gte=0)),
            models.CheckConstraint(
                name="i3_tax_not_over_paid", condition=Q(paid=0) | Q(paid__gte=0, paid__lte=F("amount"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"


__all__ = ["STATUSES", "Invoice", "InvoiceLine", "InvoiceLineTax", "InvoiceQuerySet"]
