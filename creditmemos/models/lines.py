"""Memo lines: what is credited, line by line and tax by tax."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoices.models import DocumentLine, LineTax


class CreditMemoLine(DocumentLine):
    """Credit of one thing; ``invoice_line`` when it undoes a charge (I9). Amounts are positive."""

    class By(models.TextChoices):
        AMOUNT = "amount", _("By net amount")
        QUANTITY = "quantity", _("By quantity")
        TAX_ONLY = "tax_only", _("Tax only")

    memo = models.ForeignKey("creditmemos.CreditMemo", on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(
        "invoices.InvoiceLine", null=True, on_delete=models.PROTECT, related_name="credited_by"
    )
    by = models.CharField(max_length=10, choices=By.choices, default=By.AMOUNT)

    class Meta(DocumentLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["memo", "position"], name="memo_line_position"),
            models.UniqueConstraint(fields=["memo", "invoice_line"], name="memo_line_once_per_invoice_line"),
            models.CheckConstraint(name="i10_memo_line_positive", condition=Q(net__gte=0, tax__gte=0)),
            models.CheckConstraint(name="i10_memo_line_not_zero", condition=Q(net__gt=0) | Q(tax__gt=0)),
        ]
        indexes = [
            models.Index(fields=["vendor", "memo"], name="memo_line_by_vendor", condition=Q(vendor__isnull=False))
        ]

    def __str__(self) -> str:
        return self.description


class CreditMemoLineTax(LineTax):
    """One tax of a memo line; ``invoice_tax`` when it undoes a charge's tax (I9)."""

    line = models.ForeignKey(CreditMemoLine, on_delete=models.PROTECT, related_name="taxes")
    invoice_tax = models.ForeignKey(
        "invoices.InvoiceLineTax", null=True, on_delete=models.PROTECT, related_name="credited_by"
    )

    class Meta(LineTax.Meta):
        constraints = [
            models.UniqueConstraint(fields=["line", "name"], name="memo_tax_once"),
            models.CheckConstraint(name="i10_memo_tax_not_negative", condition=Q(amount__gte=0, base__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"
