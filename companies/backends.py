"""How people prove who they are: e-mail and password; the demo's sign-ins work in demo mode only."""

from typing import cast

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from companies.models import Membership, User
from companies.queries.demo import is_demo_address
from core.prepared import Prepared

_READ = "_usable_memberships"


def _memberships(user: int) -> QuerySet[Membership]:
    rows = Membership.objects.active().filter(user_id=user, company__is_active=True)
    return rows.select_related("company__marketplace__settings", "user").order_by("pk")


MEMBERSHIPS = Prepared(_memberships)
PEOPLE = Prepared(lambda pk: User.objects.filter(pk=pk))


def usable_memberships(user: AbstractBaseUser | AnonymousUser) -> list[Membership]:
    """The active memberships in active companies, oldest first, with company, person, marketplace and settings."""
    found = getattr(user, _READ, None)
    return MEMBERSHIPS.rows(cast("User", user).pk) if found is None else found


class PasswordBackend(ModelBackend):
    """Django's own check of the password, for active people who proved their address."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, if they may still sign in; their memberships come in the same question."""
        found = MEMBERSHIPS.rows(user_id)
        people = [found[0].user] if found else PEOPLE.rows(user_id)
        if not people or not self.user_can_authenticate(people[0]):
            return None
        setattr(people[0], _READ, found)
        return people[0]

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """Whether this person may sign in at all, and stay signed in."""
        if user is None or not super().user_can_authenticate(user):
            return False
        if getattr(user, "proved_at", None) is None:
            return False
        return settings.DEMO or not is_demo_address(user.get_username())
