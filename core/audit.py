"""Writing the audit log: one row per verb, in the verb's own transaction."""

from datetime import datetime

from django.db import models

from core.actors import Actor
from core.models import AuditEntry


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
) -> AuditEntry:
    """Add one row. ``before`` and ``after`` hold ids, amounts in minor units and codes; ``note`` holds the reason."""
    return AuditEntry.objects.create(
        marketplace_id=actor.marketplace_id,
        at=now,
        actor_id=actor.user_id,
        actor_label=actor.label,
        acting_company_id=actor.company_id,
        verb=verb,
        kind=kind or (obj._meta.model_name or "" if obj is not None else ""),
        object_id=object_id if object_id is not None else (obj.pk if obj is not None else None),
        company_id=company_id,
        before=before or {},
        after=after or {},
        note=note,
    )
