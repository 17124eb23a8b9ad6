"""What people change about themselves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import User
from core import audit
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock_one


@transaction.atomic
def change_profile(*, name: str, language: str, actor: Actor, now: datetime) -> User:
    """Change the actor's own name and language; issued documents keep the old name."""
    user = lock_one(User.objects.filter(pk=actor.user_id or 0))
    if not name.strip():
        raise InvalidInput(_("Enter your name."), field="name")
    before: dict[str, object] = {"name": user.name, "language": user.language}
    user.name, user.language = name.strip(), language
    after: dict[str, object] = {"name": user.name, "language": user.language}
    if after == before:
        return user
    user.save(update_fields=["name", "language"])
    audit.record(actor=actor, verb="profile.changed", obj=user, before=before, after=after, now=now)
    return user
