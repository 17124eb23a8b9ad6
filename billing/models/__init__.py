"""Billing events, what was charged and credited for them, runs with their lines and batches, and billing settings."""

from billing.models.charges import Charge, Credit, Metered
from billing.models.events import BillingEvent, BillingEventQuerySet
from billing.models.exceptions import BillingException
from billing.models.imports import EventImport, ImportProblem, TriedEvent
from billing.models.runs import BillingRun, RunBatch, RunDocument, RunLine
from billing.models.settings import BillingSettings, TaxRule

__all__ = [
    "BillingEvent",
    "BillingEventQuerySet",
    "BillingException",
    "BillingRun",
    "BillingSettings",
    "Charge",
    "Credit",
    "EventImport",
    "ImportProblem",
    "Metered",
    "RunBatch",
    "RunDocument",
    "RunLine",
    "TaxRule",
    "TriedEvent",
]
