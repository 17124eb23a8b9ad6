"""The shared rows of every floor: audit, people as of then, approvals, idempotency, jobs, saved filters."""

from core.models.approval import Approval
from core.models.audit import AuditEntry
from core.models.idempotency import IdempotencyRecord
from core.models.outbox import OutboxJob
from core.models.person import PersonAsOf
from core.models.running import PartSeen, RestoreRelease
from core.models.saved_filter import SavedFilter

__all__ = [
    "Approval",
    "AuditEntry",
    "IdempotencyRecord",
    "OutboxJob",
    "PartSeen",
    "PersonAsOf",
    "RestoreRelease",
    "SavedFilter",
]
