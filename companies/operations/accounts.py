"""Accounts: a link mailed to an address proves it and sets the password."""

from datetime import datetime

from django.db import transaction

from companies.domain.addresses import canonical
from companies.domain.refusals import LinkIsVoid
from companies.models import Membership, User
from companies.operations.invitations import accept
from companies.queries.demo import is_demo_address
from companies.queries.links import Link, link_at
from core import outbox
from core.locking import lock

LINK_WANTED = "account.link_wanted"
MINUTES_BETWEEN = 10
"""An address gets one mail in so many minutes, however often somebody asks."""


@transaction.atomic
def ask_for_link(*, email: str, now: datetime) -> None:
    """Have a link mailed to this address if it has an account that may use one; whoever asks learns nothing of that."""
    user = User.objects.filter(email=canonical(email), is_active=True).first()
    home = _home(user) if user and not is_demo_address(user.email) else None
    if user is None or home is None:
        return
    turn = int(now.timestamp()) // (60 * MINUTES_BETWEEN)
    outbox.publish(
        topic=LINK_WANTED,
        key=f"user:{user.pk}:{turn}",
        marketplace_id=home.company.marketplace_id,
        payload={"membership_id": home.pk},
        now=now,
    )


def _home(user: User) -> Membership | None:
    """The membership in whose name the mail is sent: the first that counts, else the first that waits."""
    mine = user.memberships.filter(is_active=True, company__is_active=True).select_related("company").order_by("pk")
    return next((each for each in mine if each.accepted_at), None) or mine.first()


@transaction.atomic
def use_link(*, place: str, token: str, password: str, now: datetime) -> User:
    """Set the password, which proves the address, and accept what the link was mailed for. Raises LinkIsVoid.

    Every session of the person ends. ``place`` and ``token`` are the link's; of two who use it at once, one does.
    """
    link = link_at(place)
    if link is None:
        raise LinkIsVoid
    lock(User.objects.filter(pk=link.user.pk))
    link = link_at(place)
    if link is None or not link.holds(token):
        raise LinkIsVoid
    return _prove(link, password, now)


def _prove(link: Link, password: str, now: datetime) -> User:
    user = link.user
    user.set_password(password)
    user.proved_at = now
    user.save(update_fields=["password", "proved_at"])
    if link.membership is not None:
        accept(membership=link.membership, user=user, now=now)
    return user


def note_sign_in(membership: Membership, *, now: datetime) -> None:
    """Remember when the person last began to act here; each marketplace sees its own."""
    Membership.objects.filter(pk=membership.pk).update(signed_in_at=now)
