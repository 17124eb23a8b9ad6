"""What people change about themselves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.domain.names import check_person_name
from companies.models import Membership, User
from core import audit
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock, lock_one
from core.people import known_as
from core.search_keys import folded


@transaction.atomic
def change_profile(*, name: str, language: str, actor: Actor, now: datetime) -> User:
    """Change what the actor is called in this marketplace, and the language of their pages and of its mails.

    Issued documents and the log keep the old name, and other marketplaces theirs. Raises NameIsReserved.
    """
    user = lock_one(User.objects.filter(pk=actor.user_id or 0))
    if not name.strip():
        raise InvalidInput(_("Enter your name."), field="name")
    here = lock(Membership.objects.filter(user=user, company__marketplace_id=actor.marketplace_id))
    before: dict[str, object] = {"name": here[0].name if here else "", "language": user.language}
    after: dict[str, object] = {"name": name.strip(), "language": language}
    if after == before:
        return user
    if after["name"] != before["name"]:
        check_person_name(name)
    user.language = language
    user.save(update_fields=["language"])
    Membership.objects.filter(pk__in=[row.pk for row in here]).update(
        name=name.strip(), search_key=folded(name), language=language
    )
    audit.record(actor=actor, verb="profile.changed", obj=user, before=before, after=after, now=now)
    known_as(name.strip(), user_id=user.pk, marketplace_id=actor.marketplace_id, now=now)
    return user
