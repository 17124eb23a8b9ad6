"""Deliveries: one mail to one address about one event, and what the mail server said to each attempt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models.setting import Protection


class Delivery(models.Model):
    """A mail as it is sent: its text is made once, so that every attempt and every copy says the same.

    ``subject_kind`` and ``subject_id`` name the document that it is about, ``number`` is that document's; both are
    empty for a test. ``attachment`` is the PDF that goes along, locked as ``protection`` says. ``template`` and
    ``template_version`` say whose words these are, ``remark`` what a person should know about that.

    ``role`` says as what the recipient gets it (an ``Audience``, or a copy), ``payload`` what its event said, so that
    it can be asked whether the mail is still true when it is sent; both are empty in rows of earlier releases.
    ``by_hand``: somebody sent it, or sent it again. A *withdrawn* mail was no longer true; ``answer`` says why.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RETRYING = "retrying", _("Retrying")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    event = models.UUIDField()
    recipient = models.CharField(max_length=254)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(default=0)
    number = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=20, blank=True, default="", db_default="")
    payload = models.JSONField(default=dict, blank=True)
    by_hand = models.BooleanField(default=False, db_default=False)
    attachment = models.ForeignKey("documents.StoredDocument", null=True, on_delete=models.PROTECT, related_name="+")
    attach_xml = models.BooleanField(default=False)
    protection = models.CharField(max_length=10, choices=Protection.choices, blank=True)
    language = models.CharField(max_length=8)
    template = models.ForeignKey(
        "notifications.MailTemplate", null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    template_version = models.CharField(max_length=80, blank=True)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    remark = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    is_test = models.BooleanField(default=False)
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="copies")

    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "kind", "recipient"], name="i16_one_mail_per_recipient"),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | ~models.Q(state="sent") & models.Q(sent_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "subject_kind", "subject_id", "id"], name="delivery_by_subject"),
            models.Index(fields=["marketplace", "created_at", "id"], name="delivery_by_time"),
            models.Index(fields=["marketplace", "recipient", "id"], name="delivery_by_recipient"),
            models.Index(fields=["marketplace", "number"], name="delivery_by_number"),
            models.Index(
                fields=["marketplace", "-created_at"], name="delivery_failed", condition=models.Q(state="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class DeliveryAttempt(models.Model):
    """One attempt and the answer to it; only ever added to. An attempt that broke off in the middle has no row."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("Accepted")
        DELAYED = "retrying", _("Deferred")
        REFUSED = "failed", _("Rejected")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries", db_index=False)
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    answer = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["delivery", "number"], name="delivery_attempts")]

    def __str__(self) -> str:
        return f"{self.number}: {self.answer}"
