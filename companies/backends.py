"""How people prove who they are: e-mail and password; the demo's sign-ins work in demo mode only."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from companies.demo import is_demo_address
from companies.models import User
from core.prepared import Prepared

PEOPLE = Prepared(lambda pk: User.objects.filter(pk=pk))


class PasswordBackend(ModelBackend):
    """Django's own check of the password, for active people."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, if they may still sign in."""
        found = PEOPLE.rows(user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """Whether this person may sign in at all, and stay signed in."""
        if user is None or not super().user_can_authenticate(user):
            return False
        return settings.DEMO or not is_demo_address(user.get_username())
