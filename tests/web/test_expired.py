"""A form on a page that is too old: nothing is changed, what was typed is kept, and it is sent only by a press."""

import re
import time
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from companies.models import Company
from creditmemos.models import CreditMemo
from tests.factories.world import Market, issue_memo, make_market
from tests.support.visits import BACKEND
from web.expired import MAX_AGE, MOST_LETTERS, Typed, packed, unpacked

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
HERE = {"Origin": "http://testserver"}
ADD = "/companies/add/"
TYPED = {"name": 'Dune & "Söhne"', "kind": "customer", "address": "Strand 1\nKiel", "token": "t"}


@pytest.fixture
def browser(market: Market) -> Client:
    """A browser of the manager that asks for tokens, with the page's token in it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(market.user("manager"), backend=BACKEND)
    client.get(ADD)
    return client


def fields(response: Any, action: str) -> dict[str, str]:
    """What the form with this address on the page would send."""
    page = response.content.decode()
    form = re.search(rf'<form method="post" action="{re.escape(action)}">(.*?)</form>', page, re.DOTALL)
    assert form, page
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[1])
    return {unescape(name): unescape(value) for name, value in pairs}


def token_of(client: Client) -> str:
    """The token of a page that is open now."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(ADD).content.decode())
    assert found
    return found[1]


def end_session(client: Client) -> None:
    """As after a night."""
    Session.objects.all().delete()


def made() -> list[str]:
    return list(Company.objects.filter(name__startswith="Dune").values_list("name", flat=True))


def test_a_stale_token_keeps_what_was_typed_and_a_press_sends_it(browser: Client, market: Market) -> None:
    stale = browser.post(ADD, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, headers=HERE)
    assert stale.status_code == 403
    assert "no-store" in stale["Cache-Control"]
    manager = market.people["manager"]
    assert f"You are signed in as {manager.name}, {manager.company}." in stale.content.decode()
    again = fields(stale, ADD)
    assert {name: again[name] for name in TYPED} == TYPED
    assert made() == []
    assert browser.post(ADD, again, headers=HERE).status_code == 302
    assert made() == [TYPED["name"]]


def test_after_the_session_it_waits_for_signing_in(browser: Client, market: Market) -> None:
    token = token_of(browser)
    end_session(browser)
    asked = browser.post(ADD, {**TYPED, "csrfmiddlewaretoken": token}, headers=HERE)
    assert asked.status_code == 403
    assert "what you typed is kept" in asked.content.decode()
    waiting = fields(asked, "/sign-in/")
    name = market.user("manager").email
    wrong = browser.post("/sign-in/", {**waiting, "username": name, "password": "wrong"}, headers=HERE)
    assert wrong.status_code == 422
    waiting = fields(wrong, "/sign-in/")
    right = browser.post("/sign-in/", {**waiting, "username": name, "password": PASSWORD}, headers=HERE)
    assert right.status_code == 200
    page = right.content.decode()
    assert "Dune &amp; &quot;Söhne&quot;" in page
    assert f"You are signed in as {market.people['manager'].name}, " in page
    assert made() == []
    again = fields(right, ADD)
    assert {key: again[key] for key in TYPED} == TYPED
    assert browser.post(ADD, again, headers=HERE).status_code == 302
    assert made() == [TYPED["name"]]


def test_whoever_signs_in_instead_meets_every_question(browser: Client, market: Market) -> None:
    memo = issue_memo(market, "5.00")
    url = reverse("creditmemos:void", args=[memo.pk])
    token = token_of(browser)
    end_session(browser)
    asked = browser.post(url, {"reason": "Twice", "csrfmiddlewaretoken": token}, headers=HERE)
    stranger = make_market("south").user("manager").email
    waiting = {**fields(asked, "/sign-in/"), "username": stranger, "password": PASSWORD}
    again = fields(browser.post("/sign-in/", waiting, headers=HERE), url)
    assert browser.post(url, again, headers=HERE).status_code == 404
    assert CreditMemo.objects.get(pk=memo.pk).status == "unapplied"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
def test_a_form_of_another_site_is_offered_nothing(browser: Client, headers: dict[str, str]) -> None:
    answer = browser.post(ADD, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Dune" not in page
    assert "<form" not in page
    assert f'href="{ADD}"' in page


def test_a_browser_that_says_same_origin_is_believed(browser: Client) -> None:
    answer = browser.post(ADD, TYPED, headers={"Sec-Fetch-Site": "same-origin"})
    assert fields(answer, ADD)["name"] == TYPED["name"]
    assert "Dune" not in browser.post(ADD, TYPED, headers={"Sec-Fetch-Site": "same-site"}).content.decode()


def test_passwords_and_files_are_left_out_and_it_says_so(browser: Client) -> None:
    sent = {"old_password": "secret one", "new_password1": "secret two", "new_password2": "secret two"}
    page = browser.post("/profile/password/", sent, headers=HERE).content.decode()
    assert "secret" not in page
    assert "Passwords are not kept" in page
    file = SimpleUploadedFile("companies.csv", b"secret,content")
    url = "/companies/imports/new/"
    page = browser.post(url, {"file": file, "is_trial": "on"}, headers=HERE).content.decode()
    assert "secret" not in page
    assert "Files are not kept" in page


def test_every_value_of_a_field_and_the_query_are_kept(browser: Client) -> None:
    url = f"{ADD}?back=%2Fcompanies%2F&x=1"
    sent = urlencode([("role", "a"), ("role", "b"), ("name", "Dune")])
    page = browser.post(url, sent, content_type="application/x-www-form-urlencoded", headers=HERE).content.decode()
    action = url.replace("&", "&amp;")
    assert f'<form method="post" action="{action}">' in page
    assert re.findall(r'name="role" value="(\w)"', page) == ["a", "b"]


def test_an_address_with_two_slashes_stays_here(browser: Client) -> None:
    answer = browser.post("//evil.example/companies/add/", TYPED, headers=HERE)
    assert 'action="//' not in answer.content.decode()


def test_what_is_too_long_is_not_kept(browser: Client) -> None:
    page = browser.post(ADD, {"name": "Dune", "address": "x" * MOST_LETTERS}, headers=HERE).content.decode()
    assert "Nothing was changed." in page
    assert "Dune" not in page


def test_a_part_of_a_page_says_so_and_is_no_page(browser: Client) -> None:
    part = {"HX-Request": "true", "HX-Target": "dialog-body", **HERE}
    stale = browser.post(ADD, TYPED, headers=part)
    end_session(browser)
    for answer in (stale, browser.get(ADD, headers=part), browser.post(ADD, TYPED, headers=part)):
        assert (answer.status_code, answer["Offset-Expired"]) == (403, "yes")
        assert "<html" not in answer.content.decode()


def test_the_sign_in_form_itself_is_not_kept(browser: Client) -> None:
    end_session(browser)
    page = browser.post("/sign-in/", {"username": "a@b.example", "password": "secret"}, headers=HERE).content.decode()
    assert "a@b.example" not in page
    assert 'href="/sign-in/"' in page


def test_only_what_this_product_wrote_is_read(browser: Client, market: Market) -> None:
    typed = Typed("/x/", [("a", "1")], lost_files=True)
    assert unpacked(packed(typed)) == typed
    assert unpacked("") is None
    assert unpacked(signing.dumps(["//evil.example/", [], False, False], salt="another")) is None
    assert unpacked(packed(typed) + "x") is None
    end_session(browser)
    forged = {"typed": "forged", "username": market.user("manager").email, "password": PASSWORD}
    answer = Client().post("/sign-in/", forged)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_it_waits_twelve_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    text = packed(Typed("/x/", []))
    later = time.time() + MAX_AGE + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert unpacked(text) is None
