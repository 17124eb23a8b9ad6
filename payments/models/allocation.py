"""Allocations: money meets debt only by rows here; triggers settle payment, invoice and its lines from them (I21)."""

from django.db import models
from django.db.models import Q

from invoices.models import Settlement


class Intended(models.Model):
    """What a pending payment is for, in minor units: the invoice's ``payment_pending`` until the payment ends."""

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="intended")
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="intended_payments")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="intended_once"),
            models.CheckConstraint(name="i21_intended_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for invoice {self.invoice_id}"


class Allocation(Settlement):
    """An amount of one payment used on one invoice, minor units; a reversal is a negative row that names its original.

    Its parts per invoice line and tax are written first; this row closes them.
    """

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="allocations")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i21_allocation_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["payment", "created_at"], name="allocation_by_payment"),
            models.Index(fields=["invoice", "created_at"], name="allocation_by_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of payment {self.payment_id} on invoice {self.invoice_id}"


class AllocationPart(models.Model):
    """The share of an allocation that one invoice line (``tax`` None: its net) or one of its taxes received."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="parts")
    line = models.ForeignKey("invoices.InvoiceLine", on_delete=models.PROTECT, related_name="paid_parts")
    tax = models.ForeignKey("invoices.InvoiceLineTax", null=True, on_delete=models.PROTECT, related_name="paid_parts")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="i21_part_not_zero", condition=~Q(amount=0))]

    def __str__(self) -> str:
        return f"{self.amount} of line {self.line_id}"
