"""People of an older version: nobody loses access that was theirs, and nobody keeps what was never proved."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from companies.models import Membership, User
from tests.support.databases import Copy

pytestmark = pytest.mark.slow

BEFORE = ("companies", "0006_tax_by")
SEEN = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
PASSWORD, NONE = "md5$salt$hash", "!unusable"


@pytest.fixture
def old_people(committed_db: Copy) -> None:
    """A database as it was, with two marketplaces, and then migrated."""
    call_command("migrate", *BEFORE, verbosity=0)
    apps = MigrationLoader(connection).project_state(BEFORE).apps
    models = {name: apps.get_model("companies", name) for name in ("Marketplace", "Company", "User", "Membership")}
    companies = {}
    for code in ("north", "south"):
        market = models["Marketplace"].objects.create(code=code, name=code.title(), currency="EUR")
        companies[code] = models["Company"].objects.create(marketplace=market, name=f"Operator {code}", kind="operator")

    def person(name: str, *where: str, last_login: datetime | None, password: str, **more: object) -> None:
        email = more.pop("email", f"{name.lower()}@example.com")
        user = models["User"].objects.create(
            email=email, name=name, language="de", password=password, last_login=last_login
        )
        for code in where:
            models["Membership"].objects.create(
                user=user, company=companies[code], roles=["finance"], admitted_at=SEEN, **more
            )

    person("Sigrid", "north", last_login=SEEN, password=PASSWORD)
    person("Both", "north", "south", last_login=SEEN, password=PASSWORD)
    person("Left", "north", last_login=SEEN, password=PASSWORD, is_active=False)
    person("Handed", "north", last_login=None, password=PASSWORD)
    person("Invited", "north", last_login=None, password=NONE)
    person("Taken", "north", last_login=SEEN, password=NONE)
    person("Dora", "north", last_login=None, password=PASSWORD, email="dora@demo.example")
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("old_people")
def test_whoever_signed_in_keeps_all_that_was_theirs() -> None:
    rows = Membership.objects.select_related("user", "company").order_by("pk")
    states = {(row.name, row.company.name): (row.accepted_at, row.signed_in_at, row.is_active) for row in rows}
    dora = states.pop(("Dora", "Operator north"))
    assert states == {
        ("Sigrid", "Operator north"): (SEEN, SEEN, True),
        ("Both", "Operator north"): (SEEN, None, True),
        ("Both", "Operator south"): (SEEN, None, True),
        ("Left", "Operator north"): (SEEN, SEEN, False),
        ("Handed", "Operator north"): (None, None, True),
        ("Invited", "Operator north"): (None, None, True),
        ("Taken", "Operator north"): (None, None, True),
    }
    assert (dora[0] is None, dora[1], dora[2]) == (False, None, True)
    proved = User.objects.filter(proved_at__isnull=False).order_by("pk").values_list("email", flat=True)
    assert list(proved) == ["sigrid@example.com", "both@example.com", "left@example.com", "dora@demo.example"]
    assert {row.language for row in rows} == {"de"}
    active = Membership.objects.active().order_by("pk")
    assert [row.name for row in active] == ["Sigrid", "Both", "Both", "Dora"]


@pytest.mark.usefixtures("old_people")
def test_the_way_back_calls_people_by_the_name_of_their_first_membership() -> None:
    call_command("migrate", *BEFORE, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM companies_user ORDER BY id")
        names = [name for (name,) in cursor.fetchall()]
    call_command("migrate", verbosity=0)
    assert names == ["Sigrid", "Both", "Left", "Handed", "Invited", "Taken", "Dora"]
