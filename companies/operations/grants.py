"""What a marketplace grants or revokes beyond the permission table."""

from datetime import datetime

from django.db import transaction

from companies.models import Grant, Marketplace
from companies.refusals import NotGrantable
from companies.roles import PERMISSIONS, Role
from core import audit
from core.actors import Actor
from core.errors import Missing
from core.locking import lock


@transaction.atomic
def set_grant(
    *, marketplace: Marketplace, role: str, permission: str, granted: bool, actor: Actor, now: datetime
) -> Grant:
    """Answer a grantable cell of the permission table for one marketplace; the other cells can't be changed."""
    if marketplace.pk != actor.marketplace_id:
        raise Missing
    cell = PERMISSIONS[permission].get(Role(role)) if permission in PERMISSIONS and role in Role.values else None
    if cell is None or not cell.is_grantable:
        raise NotGrantable(role=Role(role).label if role in Role.values else role)
    rows = Grant.objects.filter(marketplace=marketplace, role=role, permission=permission)
    fresh = Grant(marketplace=marketplace, role=role, permission=permission, granted=cell.default)
    Grant.objects.bulk_create([fresh], ignore_conflicts=True)
    [grant] = lock(rows)
    before = grant.granted
    if before == granted:
        return grant
    grant.granted = granted
    grant.save(update_fields=["granted"])
    audit.record(
        actor=actor, verb="permission.granted" if granted else "permission.revoked", obj=grant,
        before={"role": role, "permission": permission, "granted": before},
        after={"role": role, "permission": permission, "granted": granted}, now=now,
    )  # fmt: skip
    return grant
