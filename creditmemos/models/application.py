"""Applications: credit moves only by adding rows here; triggers settle memo and invoice from them (I2, I3)."""

from django.db import models
from django.db.models import Q

from invoices.models import Settlement


class Application(Settlement):
    """An amount of one memo used on one invoice, in minor units; a reversal is a negative row that names its original.

    Its parts per memo line and per invoice line are written first; this row closes them.
    """

    memo = models.ForeignKey("creditmemos.CreditMemo", on_delete=models.PROTECT, related_name="applications")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i11_application_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["memo", "created_at"], name="application_by_memo"),
            models.Index(fields=["invoice", "created_at"], name="application_by_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of memo {self.memo_id} on invoice {self.invoice_id}"


class MemoPart(models.Model):
    """The share of an application that one memo line (``tax`` None: its net) or one of its taxes gave."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="memo_parts")
    line = models.ForeignKey("creditmemos.CreditMemoLine", on_delete=models.PROTECT, related_name="parts")
    tax = models.ForeignKey("creditmemos.CreditMemoLineTax", null=True, on_delete=models.PROTECT, related_name="parts")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="i2_memo_part_not_zero", condition=~Q(amount=0))]

    def __str__(self) -> str:
        return f"{self.amount} of line {self.line_id}"


class InvoicePart(models.Model):
    """The share of an application that one invoice line (``tax`` None: its net) or one of its taxes received."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="invoice_parts")
    line = models.ForeignKey("invoices.InvoiceLine", on_delete=models.PROTECT, related_name="parts")
    tax = models.ForeignKey("invoices.InvoiceLineTax", null=True, on_delete=models.PROTECT, related_name="parts")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="i2_invoice_part_not_zero", condition=~Q(amount=0))]

    def __str__(self) -> str:
        return f"{self.amount} of line {self.line_id}"
