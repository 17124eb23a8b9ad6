"""Applications: credit moves only by adding rows here; triggers settle memo and invoice from them (I2, I3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import uuid7


class Application(models.Model):
    """An amount of one memo used on one invoice, in minor units; a reversal is a negative row that names its original.

    Its parts per memo line and per invoice line are written first; this row closes them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="applications")
    currency = models.CharField(max_length=3)
    memo = models.ForeignKey("creditmemos.CreditMemo", on_delete=models.PROTECT, related_name="applications")
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="applications")
    amount = models.BigIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    automatic = models.BooleanField(default=False)
    posting_date = models.DateField()
    created_at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

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
