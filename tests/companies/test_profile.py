"""One's own profile: name, language, password."""

import re

import pytest
from django.test import Client

from core.models import AuditEntry, IdempotencyRecord
from tests.factories.companies import UserFactory
from tests.factories.world import Market, issue_invoice
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
    page = client.get("/profile/").content.decode()
    assert '<html lang="en"' in page
    assert reads_as(page) == "de"
    assert AuditEntry.objects.get(verb="profile.changed").after == {"name": "Uschi User", "language": "de"}


def reads_as(page: str) -> str:
    """The language in which the page says that figures are."""
    found = re.search(r'value="(\w\w)" lang="\w\w"\s+aria-pressed="true"', page)
    assert found
    return found[1]


def test_figures_are_the_readers_and_words_are_english(market: Market) -> None:
    issue_invoice(market)
    user = market.user("manager")
    user.language = "de"
    user.save()
    client = client_of(market.people["manager"])
    page = client.get("/invoices/", {"amount_from": "1.000,50"}).content.decode()
    assert "Total from: <strong>1.000,50\xa0€</strong>" in page
    assert "No invoices match" in page
    page = client.get("/invoices/").content.decode()
    assert "120,00\xa0€" in page
    refused = client.get("/invoices/", {"date_from": "x", "amount_from": "1,000"}).content.decode()
    assert "Enter a valid date." in refused
    assert "Enter an amount in EUR such as 1.234,50." in refused
    french = client_of(market.people["finance"]).get("/invoices/", headers={"Accept-Language": "fr-FR,fr;q=0.9"})
    assert french["Content-Language"] == "en"
    assert "No rows" not in french.content.decode()
    assert "120,00\xa0€" in french.content.decode()


@pytest.mark.parametrize(
    ("language", "text", "currency", "echo"),
    [
        ("de", "1.000", "EUR", "= 1.000,00\xa0€"), ("en", "1,000", "EUR", "= €1,000.00"), ("en", "12.50", "EUR", ""),
        ("en", "892,50 €", "EUR", "= €892.50"), ("en", "-1,000", "EUR", "= -€1,000.00"), ("de", "1.125", "", "= 1.125"),
        ("en", "x", "EUR", ""), ("en", "1,000", "<b>", "= 1,000"), ("en", "9" * 5000, "EUR", ""),
    ],
)  # fmt: skip
def test_what_could_be_taken_for_another_amount_is_echoed(
    market: Market, language: str, text: str, currency: str, echo: str
) -> None:
    client = client_of(market.people["user"])
    client.cookies["django_language"] = language
    answer = client.get("/read-amount/", {"text": text, "currency": currency})
    assert (answer.status_code, answer.content.decode()) == (200, echo)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("changes", [{"name": ""}, {"language": "xx"}, {"name": "x" * 121}])
def test_bad_values_are_refused(market: Market, changes: dict[str, str]) -> None:
    client = client_of(market.people["user"])
    assert client.post("/profile/", {"name": "U", "language": "", **changes}).status_code == 422


def test_password_changes_and_other_sessions_end(market: Market) -> None:
    client, other = client_of(market.people["user"]), client_of(market.people["user"])
    answer = client.post(PASSWORD, NEW, follow=True)
    assert "Your password has been changed." in answer.content.decode()
    user = market.user("user")
    user.refresh_from_db()
    assert user.check_password(NEW["new_password1"])
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"old_password": "wrong"}, "This is not your current password."),
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
