"""Rows that an older release could have left and the kept databases lack, written into a copy before it is migrated."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

SEEN = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
DOMAIN = "@added.example"
PASSWORD, NONE = "md5$salt$hash", "!unusable"
REASONS = ("loyalty", "service-issue")
"""Codes of somebody's own."""


def add() -> None:
    """Give the database that Django uses such rows, by the models of its own migrations."""
    loader = MigrationLoader(connection)
    applied = {node for node in loader.applied_migrations if node in loader.graph.nodes}
    leaves = [node for node in sorted(applied) if not applied.intersection(loader.graph.node_map[node].children)]
    apps = loader.project_state(leaves).apps
    _people(apps)
    _reasons(apps)


def _people(apps: Any) -> None:
    """People of one marketplace and of two, who signed in or never did, with and without a password."""
    companies, users, memberships = (apps.get_model("companies", name) for name in ("Company", "User", "Membership"))

    def person(name: str, *where: str, last_login: datetime | None, password: str, **more: Any) -> None:
        email = more.pop("email", f"{name.lower()}{DOMAIN}")
        user = users.objects.create(email=email, name=name, language="de", password=password, last_login=last_login)
        for code in where:
            company = companies.objects.get(marketplace__code=code, kind="operator")
            memberships.objects.create(user=user, company=company, roles=["finance"], **more)

    person("Sigrid", "north", last_login=SEEN, password=PASSWORD)
    person("Both", "north", "south", last_login=SEEN, password=PASSWORD)
    person("Left", "north", last_login=SEEN, password=PASSWORD, is_active=False)
    person("Handed", "north", last_login=None, password=PASSWORD)
    person("Invited", "north", last_login=None, password=NONE)
    person("Taken", "north", last_login=SEEN, password=NONE)
    person("Dora", "north", last_login=None, password=PASSWORD, email="dora.added@demo.example")


def _reasons(apps: Any) -> None:
    marketplace = apps.get_model("companies", "Marketplace").objects.get(code="north")
    for code in REASONS:
        apps.get_model("creditmemos", "CreditReason").objects.create(
            marketplace=marketplace, code=code, labels={"en": code}, note_required=False, is_active=True, position=90
        )
