"""People of an older version: nobody loses access that was theirs, and nobody keeps what was never proved."""

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from companies.models import Membership, User
from tests.support import databases
from tests.support.databases import Copy, Template
from tests.upgrade.added import DOMAIN, SEEN

pytestmark = pytest.mark.slow

NAMED, BEFORE = ("companies", "0009_people_have_no_name"), ("companies", "0006_tax_by")
NORTH, SOUTH = "Operator north", "Operator south"
ADDED = (DOMAIN, "added@demo.example")


def test_whoever_signed_in_keeps_all_that_was_theirs(upgraded: Copy) -> None:
    rows = [
        row for row in Membership.objects.select_related("user", "company").order_by("pk")
        if row.user.email.endswith(ADDED)
    ]  # fmt: skip
    states = {(row.name, row.company.name): (row.accepted_at, row.signed_in_at, row.is_active) for row in rows}
    dora = states.pop(("Dora", NORTH))
    assert states == {
        ("Sigrid", NORTH): (SEEN, SEEN, True), ("Both", NORTH): (SEEN, None, True), ("Both", SOUTH): (SEEN, None, True),
        ("Left", NORTH): (SEEN, SEEN, False), ("Handed", NORTH): (None, None, True),
        ("Invited", NORTH): (None, None, True), ("Taken", NORTH): (None, None, True),
    }  # fmt: skip
    assert (dora[0] is None, dora[1], dora[2]) == (False, None, True)
    proved = User.objects.filter(proved_at__isnull=False).order_by("pk").values_list("email", flat=True)
    assert [email.partition("@")[0] for email in proved if email.endswith(ADDED)] == [
        "sigrid", "both", "left", "dora.added"
    ]  # fmt: skip
    assert {row.language for row in rows} == {"de"}
    active = set(Membership.objects.active().values_list("pk", flat=True))
    assert [row.name for row in rows if row.pk in active] == ["Sigrid", "Both", "Both", "Dora"]


def test_the_way_back_calls_people_by_the_name_of_their_first_membership(
    old: Copy, template: Template, django_db_blocker: DjangoDbBlocker
) -> None:
    """As far as the release that took the names from people, and back over it."""
    with django_db_blocker.unblock(), databases.using(template, template.copy(old.name)):
        call_command("migrate", *NAMED, verbosity=0)
        call_command("migrate", *BEFORE, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM companies_user WHERE email LIKE %s ORDER BY id", [f"%{DOMAIN}"])
            names = [name for (name,) in cursor.fetchall()]
    assert names == ["Sigrid", "Both", "Left", "Handed", "Invited", "Taken"]
