"""One's own profile: name, language, password."""

import pytest
from django.test import Client

from core.models import AuditEntry, IdempotencyRecord
from tests.factories.companies import UserFactory
from tests.factories.world import Market
from tests.support.visits import BACKEND, client_of

pytestmark = pytest.mark.django_db
PASSWORD = "/profile/password/"
NEW = {
    "old_password": "correct horse",
    "new_password1": "red bicycle under rain",
    "new_password2": "red bicycle under rain",
}


def test_name_and_language_are_saved_and_count_at_once(market: Market) -> None:
    client = client_of(market.people["user"])
    client.cookies["django_language"] = "fr"
    answer = client.post("/profile/", {"name": "Uschi User", "language": "de"})
    assert answer.status_code == 302
    user = market.user("user")
    user.refresh_from_db()
    membership = user.memberships.get()
    assert (membership.name, membership.language, user.language) == ("Uschi User", "de", "de")
    assert client.cookies.pop("django_language")["max-age"] == 0
    assert '<html lang="de"' in client.get("/profile/").content.decode()
    assert AuditEntry.objects.get(verb="profile.changed").after == {"name": "Uschi User", "language": "de"}


@pytest.mark.parametrize("changes", [{"name": ""}, {"language": "xx"}, {"name": "x" * 121}])
def test_bad_values_are_refused(market: Market, changes: dict[str, str]) -> None:
    client = client_of(market.people["user"])
    assert client.post("/profile/", {"name": "U", "language": "", **changes}).status_code == 422


def test_password_changes_and_other_sessions_end(market: Market) -> None:
    client, other = client_of(market.people["user"]), client_of(market.people["user"])
    answer = client.post(PASSWORD, NEW, follow=True)
    assert "Your password is changed." in answer.content.decode()
    user = market.user("user")
    user.refresh_from_db()
    assert user.check_password(NEW["new_password1"])
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"old_password": "wrong"}, "This is not your present password."),
        ({"new_password2": "red bicycle"}, "The two passwords differ."),
        ({"new_password1": "short", "new_password2": "short"}, "too short"),
        ({"new_password1": "x" * 129, "new_password2": "x" * 129}, "at most 128 characters"),
    ],
)
def test_bad_passwords_are_refused(market: Market, changes: dict[str, str], problem: str) -> None:
    client = client_of(market.people["user"])
    answer = client.post(PASSWORD, NEW | changes)
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    user = market.user("user")
    user.refresh_from_db()
    assert user.check_password("correct horse")


def test_people_of_the_demo_keep_their_password(market: Market) -> None:
    membership = market.people["user"].membership
    membership.user = UserFactory.create(name="Dora Demo", email="dora@demo.example")
    membership.save()
    client = Client()
    client.force_login(membership.user, backend=BACKEND)
    answer = client.post(PASSWORD, NEW)
    assert answer.status_code in (302, 422)
    membership.user.refresh_from_db()
    assert membership.user.check_password("correct horse")
