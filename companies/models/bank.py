"""Bank details of merchants: one row for each time that two people changed them."""

from django.db import models
from django.db.models import Q

from companies.domain.bank_details import BankDetails, details_of
from companies.models.company import MerchantOfRecord


class MerchantBankDetails(models.Model):
    """Where a merchant's customers pay to, from ``since`` until its next version; rows are only added (I13).

    ``version`` counts from 1 for each merchant. ``approval`` is the request that made it: who asked, who agreed, when.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    merchant = models.ForeignKey(MerchantOfRecord, on_delete=models.PROTECT, related_name="bank_details")
    version = models.PositiveIntegerField()
    holder = models.CharField(max_length=140)
    iban = models.CharField(max_length=34, blank=True)
    account_number = models.CharField(max_length=34, blank=True)
    routing_code = models.CharField(max_length=20, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    bank_name = models.CharField(max_length=140, blank=True)
    instructions = models.CharField(max_length=200, blank=True)
    approval = models.OneToOneField("core.Approval", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "merchants' bank details"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "version"], name="bank_details_version_once"),
            models.CheckConstraint(
                name="bank_details_one_account",
                condition=~Q(holder="")
                & (
                    ~Q(iban="") & Q(account_number="", routing_code="")
                    | Q(iban="") & ~Q(account_number="") & ~Q(routing_code="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Bank details {self.version} of merchant {self.merchant_id}"

    @property
    def details(self) -> BankDetails:
        """What the row says, as a value."""
        return details_of(self)
