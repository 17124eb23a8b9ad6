"""Approvals: whatever needs two people waits here (I19). An approval reserves nothing."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

_ALONE_IN_TIME = Q(decision="approved", mode="alone") & Q(
    decided_by__isnull=False, decided_by=F("requested_by"), decided_at__isnull=False, decided_at__gte=F("effective_at")
)


class Approval(models.Model):
    """A verb asked for by one person, to be decided by another; re-checked in full when it is decided.

    ``kind`` and ``object_id`` name what it is done to, and ``subject`` what of it when several things can be asked of
    one object. ``arguments`` is what the verb is to be told, ``snapshot`` what its object was like when it was asked
    for. ``amount`` (minor units) and ``company`` are there when the request is about money.

    Where nobody else may decide, the maker may act *alone*: from ``effective_at`` on, a day after ``alone_since``.
    """

    class Decision(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Mode(models.TextChoices):
        TWO_PEOPLE = "two_people", _("Two people")
        ALONE = "alone", _("Alone")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    subject = models.CharField(max_length=254, blank=True, default="")
    company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    arguments = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    request_reason = models.TextField(blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.TWO_PEOPLE)
    alone_since = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=20, choices=Decision.choices, default=Decision.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i19_maker_is_not_checker",
                condition=Q(decision__in=["waiting", "withdrawn"])
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("requested_by"))
                | _ALONE_IN_TIME,
            ),
            models.CheckConstraint(
                name="i19_alone_has_its_day",
                condition=Q(mode="two_people", alone_since__isnull=True, effective_at__isnull=True)
                | Q(mode="alone", alone_since__isnull=False, effective_at__isnull=False)
                & Q(alone_since__gte=F("requested_at"), effective_at__gt=F("alone_since")),
            ),
            models.CheckConstraint(
                name="approval_amount_of_a_company",
                condition=Q(amount__isnull=True, currency="")
                | Q(amount__isnull=False, amount__gt=0, company__isnull=False) & ~Q(currency=""),
            ),
            models.UniqueConstraint(
                fields=["kind", "object_id", "verb", "subject"],
                condition=Q(decision="waiting"),
                name="approval_one_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "decision", "-requested_at", "-id"], name="approval_by_time"),
            models.Index(fields=["requested_by", "company", "requested_at"], name="approval_by_maker"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.object_id}: {self.decision}"

    @property
    def state(self) -> str:
        """The decision, or that the maker acts alone."""
        return self.mode if self.decision == self.Decision.WAITING and self.mode == self.Mode.ALONE else self.decision
