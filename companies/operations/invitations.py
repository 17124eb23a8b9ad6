"""Invitations: a membership counts once the person accepts it; until then it is an offer that they are told of."""

from datetime import datetime, timedelta

from django.db import transaction

from companies.domain.refusals import MailedJustNow, NotInvited
from companies.models import Membership, User
from core import audit, outbox
from core.actors import Actor
from core.errors import refusal_of
from core.locking import lock, lock_one

INVITED = "member.invited"
PAUSE = timedelta(minutes=1)
"""Between two mails about the same invitation."""


def announce(membership: Membership, marketplace_id: int, now: datetime) -> None:
    """Have the person mailed; inside the transaction that invites them."""
    outbox.publish(
        topic=INVITED,
        key=f"membership:{membership.pk}:{now.isoformat()}",
        marketplace_id=marketplace_id,
        payload={"membership_id": membership.pk},
        now=now,
    )


def may_mail_again(membership: Membership) -> bool:
    """Whether it waits for the person's yes."""
    return refusal_of(_check_invited, membership) is None


def check_mail_again(membership: Membership, *, now: datetime) -> None:
    """Ask every guard of mailing an invitation once more."""
    _check_invited(membership)
    if membership.invited_at is not None and now - membership.invited_at < PAUSE:
        raise MailedJustNow(person=membership.name)


def _check_invited(membership: Membership) -> None:
    if not membership.is_active or membership.accepted_at:
        raise NotInvited


@transaction.atomic
def mail_again(*, membership: Membership, actor: Actor, now: datetime) -> Membership:
    """Mail an invitation once more, with a new link where one is needed. Raises NotInvited or MailedJustNow."""
    inside = Membership.objects.filter(pk=membership.pk, company__marketplace_id=actor.marketplace_id)
    found = lock_one(inside)
    check_mail_again(found, now=now)
    found.invited_at = now
    found.save(update_fields=["invited_at"])
    audit.record(
        actor=actor, verb="member.mailed_again", obj=found, company_id=found.company_id,
        after={"user_id": found.user_id}, now=now,
    )  # fmt: skip
    announce(found, actor.marketplace_id, now)
    return found


@transaction.atomic
def accept(*, membership: Membership, user: User, now: datetime) -> Membership:
    """Say yes to an invitation of one's own: it counts from the next page on. Raises NotInvited."""
    found = _lock_invited(membership, user)
    found.accepted_at = now
    found.save(update_fields=["accepted_at"])
    _record("member.accepted", found, now)
    return found


@transaction.atomic
def decline(*, membership: Membership, user: User, now: datetime) -> Membership:
    """Say no to an invitation of one's own: it ends, and may be made again. Raises NotInvited."""
    found = _lock_invited(membership, user)
    found.is_active = False
    found.save(update_fields=["is_active"])
    _record("member.declined", found, now)
    return found


def _lock_invited(membership: Membership, user: User) -> Membership:
    found = lock(Membership.objects.waiting_for(user.pk).filter(pk=membership.pk).select_related("company"))
    if not found:
        raise NotInvited
    return found[0]


def _record(verb: str, membership: Membership, now: datetime) -> None:
    actor = Actor(
        marketplace_id=membership.company.marketplace_id,
        label=membership.name,
        user_id=membership.user_id,
        company_id=membership.company_id,
    )
    audit.record(
        actor=actor, verb=verb, obj=membership, company_id=membership.company_id,
        after={"user_id": membership.user_id, "roles": list(membership.roles)}, now=now,
    )  # fmt: skip
