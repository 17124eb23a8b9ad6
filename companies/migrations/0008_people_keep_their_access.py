"""Carry people over: whoever ever signed in keeps all that was theirs, whoever never did is invited.

Signing in is the proof that there is: those people count as proved, and their memberships, in one marketplace or in
several, as accepted. A password that was never used to sign in may be anybody's who once held the link, so it opens
nothing until a mail to the address is answered.
"""

from typing import Any

from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

UNUSABLE = "!"
"""What the stored text of a password begins with where there is none."""
DEMO = "@demo.example"
"""People of the demo, who sign in with a click; such addresses work in demo mode only."""


def carry_over(apps: Any, _schema_editor: Any) -> None:
    """Give memberships their names, and tell who is there from who was only invited."""
    people, memberships = apps.get_model("companies", "User"), apps.get_model("companies", "Membership")
    their = people.objects.filter(pk=OuterRef("user_id"))
    memberships.objects.update(
        name=Subquery(their.values("name")[:1]), language=Subquery(their.values("language")[:1])
    )
    usable = people.objects.exclude(password="").exclude(password__startswith=UNUSABLE)
    usable.filter(last_login__isnull=False).update(proved_at=F("last_login"))
    usable.filter(last_login__isnull=True, email__endswith=DEMO).update(proved_at=timezone.now())
    there = memberships.objects.filter(user__proved_at__isnull=False)
    there.update(accepted_at=Subquery(their.values("proved_at")[:1]))
    homes: dict[int, set[int]] = {}
    for user, marketplace in there.values_list("user_id", "company__marketplace_id"):
        homes.setdefault(user, set()).add(marketplace)
    elsewhere = [user for user, found in homes.items() if len(found) > 1]
    there.exclude(user_id__in=elsewhere).update(signed_in_at=Subquery(their.values("last_login")[:1]))


def take_back(apps: Any, _schema_editor: Any) -> None:
    """Call people by the name of their first membership again."""
    people, memberships = apps.get_model("companies", "User"), apps.get_model("companies", "Membership")
    first = memberships.objects.filter(user_id=OuterRef("pk")).order_by("pk").values("name")[:1]
    people.objects.filter(memberships__isnull=False).update(name=Subquery(first))


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0007_members_have_names'),
    ]

    operations = [
        migrations.RunPython(carry_over, take_back),
    ]
