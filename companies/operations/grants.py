"""What a marketplace grants or revokes beyond the permission table."""

from datetime import datetime

from django.db import transaction

from companies.domain.refusals import NotGrantable
from companies.domain.roles import PERMISSIONS, Role
from companies.domain.widening import widens_grant
from companies.models import Grant, Marketplace
from companies.operations.approvals import request
from core import audit
from core.actors import Actor
from core.errors import Missing
from core.locking import lock
from core.models import Approval


@transaction.atomic
def set_grant(
    *, marketplace: Marketplace, role: str, permission: str, granted: bool, actor: Actor, now: datetime
) -> Grant | Approval:
    """Answer a grantable cell of the permission table for one marketplace; the other cells can't be changed.

    Revoking is at once. Returns the request where a role would gain the permission: a second person decides.
    """
    if marketplace.pk != actor.marketplace_id:
        raise Missing
    grant = _lock_cell(marketplace.pk, role, permission)
    if widens_grant(grant.granted, granted):
        return request(
            kind="marketplace", verb="grant", object_id=marketplace.pk, subject=f"{role} {permission}",
            arguments={"role": role, "permission": permission}, actor=actor, now=now,
        )  # fmt: skip
    return _answer(grant, granted, actor, now)


def grant_approved(approval: Approval, actor: Actor, now: datetime) -> Grant:
    """Let a role do more, which a second person agreed to."""
    role, permission = approval.arguments["role"], approval.arguments["permission"]
    return _answer(_lock_cell(approval.object_id, role, permission), True, actor, now)


def _lock_cell(marketplace_id: int, role: str, permission: str) -> Grant:
    cell = PERMISSIONS[permission].get(Role(role)) if permission in PERMISSIONS and role in Role.values else None
    if cell is None or not cell.is_grantable:
        raise NotGrantable(role=Role(role).label if role in Role.values else role)
    rows = Grant.objects.filter(marketplace_id=marketplace_id, role=role, permission=permission)
    fresh = Grant(marketplace_id=marketplace_id, role=role, permission=permission, granted=cell.default)
    Grant.objects.bulk_create([fresh], ignore_conflicts=True)
    [grant] = lock(rows)
    return grant


def _answer(grant: Grant, granted: bool, actor: Actor, now: datetime) -> Grant:
    before = grant.granted
    if before == granted:
        return grant
    grant.granted = granted
    grant.save(update_fields=["granted"])
    about: dict[str, object] = {"role": grant.role, "permission": grant.permission}
    audit.record(
        actor=actor, verb="permission.granted" if granted else "permission.revoked", obj=grant,
        before={**about, "granted": before}, after={**about, "granted": granted}, now=now,
    )  # fmt: skip
    return grant
