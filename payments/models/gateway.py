"""What is known of payment providers: accounts there, the methods that customers left, and the events that came."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.gateway.protocol import EventKind, MethodKind
from payments.models.visibility import OfPayers


class GatewayAccount(models.Model):
    """A merchant's account at a provider. ``external_id`` is its name in the environment, where its keys are.

    A merchant has one that ``is_active``; another one refunds what it charged before. ``listed_through`` is the last of
    the provider's events that a list of them told, ``listed_at`` when they were listed last.
    """

    class Provider(models.TextChoices):
        STRIPE = "stripe", _("Stripe")

    class Mode(models.TextChoices):
        TEST = "test", _("Test")
        LIVE = "live", _("Live")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    merchant = models.ForeignKey(
        "companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="gateway_accounts"
    )
    provider = models.CharField(max_length=10, choices=Provider.choices)
    external_id = models.CharField(max_length=64)
    mode = models.CharField(max_length=4, choices=Mode.choices)
    is_active = models.BooleanField(default=True)
    listed_through = models.CharField(max_length=255, blank=True, default="", db_default="")
    listed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="gateway_account_once"),
            models.UniqueConstraint(fields=["merchant"], condition=Q(is_active=True), name="gateway_account_in_use"),
            models.UniqueConstraint(fields=["id", "merchant"], name="gateway_account_with_merchant"),
            models.UniqueConstraint(fields=["id", "marketplace"], name="gateway_account_with_marketplace"),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def is_live(self) -> bool:
        """Whether real money moves by it."""
        return self.mode == self.Mode.LIVE


class PaymentMethod(models.Model):
    """A card or bank account that a payer left with the provider: what people know it by, never its number.

    ``expires`` is the last day on which a card works. ``consent_text`` is the version of the text that the payer
    agreed to.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        EXPIRED = "expired", _("Expired")
        DETACHED = "detached", _("Removed")

    class Kind(models.TextChoices):
        CARD = MethodKind.CARD.value, _("Card")
        SEPA_DEBIT = MethodKind.SEPA_DEBIT.value, _("SEPA direct debit")
        BANK_DEBIT = MethodKind.BANK_DEBIT.value, _("Bank debit")
        OTHER = MethodKind.OTHER.value, _("Other")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="payment_methods")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="methods")
    customer_ref = models.CharField(max_length=255)
    method_ref = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    label = models.CharField(max_length=80)
    expires = models.DateField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    is_default = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    consent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    consent_at = models.DateTimeField()
    consent_text = models.CharField(max_length=20)

    objects = OfPayers["PaymentMethod"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway_account", "method_ref"], name="payment_method_once"),
            models.UniqueConstraint(
                fields=["payer", "gateway_account"], condition=Q(is_default=True), name="payment_method_default"
            ),
            models.UniqueConstraint(fields=["id", "payer", "gateway_account"], name="payment_method_with_payer"),
        ]

    def __str__(self) -> str:
        return self.label


class ProviderEvent(models.Model):
    """A hint of a provider, stored once; ``body`` is what came. Its object is fetched before anything is done.

    ``kind`` says what the object is; ``body`` is empty where a list told it, ``outcome`` until somebody looked.
    """

    class Outcome(models.TextChoices):
        SETTLED = "settled", _("Looked up")
        NOTHING = "nothing", _("Concerns nothing of ours")
        STRAY = "stray", _("At the provider without a document")

    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, default=EventKind.OTHER.value, db_default=EventKind.OTHER.value)
    object_ref = models.CharField(max_length=255)
    created = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.TextField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway_account", "event_id"], name="i22_event_once")]
        indexes = [
            models.Index(fields=["gateway_account", "-created", "-id"], name="provider_event_newest"),
            models.Index(fields=["gateway_account", "object_ref"], name="provider_event_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
