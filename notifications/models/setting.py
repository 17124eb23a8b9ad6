"""What a marketplace decides about a kind of mail; without a row, the kind's own defaults hold."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Whom a mail may go to: people by their role in the payer's company, and the company's own address."""

    BILLING_ADMIN = "billing_admin", _("Billing admins")
    COMPANY_ADMIN = "company_admin", _("Company admins")
    RESELLER_ADMIN = "reseller", _("Reseller admins")
    USER = "user", _("Billed user")
    BILLING_ADDRESS = "billing_address", _("The company's billing address")


class Protection(models.TextChoices):
    """What an attached PDF is locked with; the password itself is never mailed."""

    NONE = "", _("No password")
    TAX_NUMBER = "tax_number", _("The customer's tax number")
    PHRASE = "phrase", _("A fixed phrase")


def everybody() -> list[str]:
    """The whole audience."""
    return list(Audience.values)


class NotificationSetting(models.Model):
    """Whether mails of one kind are sent, to whom, with what attached, and which addresses get a copy of each.

    ``phrase`` is what PDFs are locked with where ``protection`` says so; see ADR 18 for why it is kept as it is.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    enabled = models.BooleanField()
    audience = models.JSONField(default=everybody)
    attach_pdf = models.BooleanField(default=True)
    attach_xml = models.BooleanField(default=False)
    protection = models.CharField(max_length=10, choices=Protection.choices, blank=True)
    phrase = models.CharField(max_length=60, blank=True)
    cc = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "kind"], name="notification_setting_once"),
            models.CheckConstraint(
                name="notification_phrase_is_there", condition=~Q(protection="phrase") | ~Q(phrase="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {'on' if self.enabled else 'off'}"
