"""Balance accounts, and the double-entry journal that every figure can be summed from."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from ledger.domain.kinds import NAMES_ACCOUNT, Account


class BalanceAccount(models.Model):
    """What one payer owes one merchant of record in one currency: "the same customer" always means this row."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="accounts")
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="accounts")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="accounts")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "merchant", "currency"], name="account_once"),
            models.UniqueConstraint(
                fields=["id", "marketplace", "merchant", "payer", "currency"], name="account_with_parties"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer_id} owes {self.merchant_id} in {self.currency}"


class JournalTransaction(models.Model):
    """One balanced posting of one verb. It is written after its entries; writing it closes them (I13, I14)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    posting_date = models.DateField()
    verb = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["marketplace", "posting_date"], name="journal_by_day")]

    def __str__(self) -> str:
        return f"{self.verb} on {self.posting_date}"


class JournalEntry(models.Model):
    """One side of a posting; ``amount`` in minor units, debits positive and credits negative.

    Documents are named by id: ``invoice_id`` on receivable, ``memo_id`` on customer credit, ``payment_id`` on
    unallocated, so that amount due, balance and money on account are sums over this table. On money clearing
    ``payment_id`` says which payment moved, and ``detail`` the way that the money took.
    """

    transaction = models.ForeignKey(JournalTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=20, choices=Account.choices)
    amount = models.BigIntegerField()
    posting_date = models.DateField()
    balance_account = models.ForeignKey(BalanceAccount, null=True, on_delete=models.PROTECT, related_name="entries")
    invoice_id = models.BigIntegerField(null=True)
    memo_id = models.BigIntegerField(null=True)
    payment_id = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [
            models.CheckConstraint(name="i14_entry_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="i14_entry_names_document",
                condition=(
                    Q(account=Account.RECEIVABLE, balance_account__isnull=False)
                    & Q(invoice_id__isnull=False, memo_id__isnull=True, payment_id__isnull=True)
                )
                | (
                    Q(account=Account.CUSTOMER_CREDIT, balance_account__isnull=False)
                    & Q(memo_id__isnull=False, invoice_id__isnull=True, payment_id__isnull=True)
                )
                | (
                    Q(account=Account.UNALLOCATED, balance_account__isnull=False)
                    & Q(payment_id__isnull=False, invoice_id__isnull=True, memo_id__isnull=True)
                )
                | Q(account=Account.MONEY_CLEARING, invoice_id__isnull=True, memo_id__isnull=True)
                | (
                    ~Q(account__in=[*NAMES_ACCOUNT, Account.MONEY_CLEARING])
                    & Q(invoice_id__isnull=True, memo_id__isnull=True, payment_id__isnull=True)
                ),
            ),
            models.CheckConstraint(name="i14_account_known", condition=Q(account__in=Account.values)),
        ]
        indexes = [
            models.Index(
                fields=["balance_account", "posting_date", "id"],
                name="entry_by_account",
                condition=Q(balance_account__isnull=False),
            ),
            models.Index(
                fields=["posting_date", "transaction", "amount"],
                name="entry_of_credit_by_day",
                condition=Q(account=Account.CUSTOMER_CREDIT),
            ),
            models.Index(fields=["invoice_id"], name="entry_by_invoice", condition=Q(invoice_id__isnull=False)),
            models.Index(fields=["memo_id"], name="entry_by_memo", condition=Q(memo_id__isnull=False)),
            models.Index(fields=["payment_id"], name="entry_by_payment", condition=Q(payment_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
