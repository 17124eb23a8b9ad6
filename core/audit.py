"""Writing the audit log: one row per verb, in the verb's own transaction."""

from datetime import datetime

from django.db import models

from core.actors import Actor
from core.models import AuditEntry
from core.rows import insert

_COLUMNS = (
    "marketplace", "at", "actor", "actor_label", "acting_company", "verb", "kind", "object_id", "company", "before",
    "after", "note",
)  # fmt: skip


def record(
    *,
    actor: Actor,
    verb: str,
    now: datetime,
    obj: models.Model | None = None,
    kind: str = "",
    object_id: int | None = None,
    company_id: int | None = None,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    note: str = "",
) -> None:
    """Add one row. ``before`` and ``after`` hold ids, amounts in minor units and codes; ``note`` holds the reason."""
    insert(
        AuditEntry,
        _COLUMNS,
        [
            (
                actor.marketplace_id,
                now,
                actor.user_id,
                actor.label,
                actor.company_id,
                verb,
                kind or (obj._meta.model_name or "" if obj is not None else ""),
                object_id if object_id is not None else (obj.pk if obj is not None else None),
                company_id,
                before or {},
                after or {},
                note,
            )
        ],
    )
