"""What stands around every page: signing in and out, switching, the theme, refusals, and what the browser may load."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.views.defaults import server_error

from companies.models import Membership
from core.labels import BADGES
from tests.factories.companies import MembershipFactory, UserFactory
from tests.factories.world import Market, issue_invoice, make_market
from tests.support.visits import client_of
from web.icons import NAMES
from web.management.commands.build_icons import sprite

PASSWORD = "correct horse"
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
ASSETS = sorted(path for kind in ("css", "js") for path in Path(settings.BASE_DIR, "static", kind).glob("*"))


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> tuple[int, str]:
    response = client.post("/sign-in/", {"username": email, "password": password, **extra})
    return response.status_code, response.headers.get("Location", "") or response.content.decode()


# --- signing in ---


def test_sign_in_leads_to_the_first_place(market: Market) -> None:
    client = Client()
    issue_invoice(market)  # While nothing was billed, the start says what is left to set up.
    status, location = sign_in(client, market.user("manager").email.upper())
    assert (status, location) == (302, "/")
    assert client.get("/", follow=True).redirect_chain == [(reverse("creditmemos:list"), 302)]


def test_sign_in_goes_where_one_wanted(market: Market) -> None:
    assert sign_in(Client(), market.user("manager").email, next="/companies/?q=a") == (302, "/companies/?q=a")


@pytest.mark.parametrize(
    "url",
    ["//evil", "/\\evil", "https:///evil", "javascript:alert(1)", "http:evil", "\t//evil", "http://testserver@evil"],
)
def test_sign_in_goes_nowhere_else(market: Market, url: str) -> None:
    assert sign_in(Client(), market.user("manager").email, next=url) == (302, "/")


def test_every_wrong_pair_reads_the_same(market: Market) -> None:
    texts = set()
    for email, password in [
        (market.user("manager").email, "wrong"),
        ("nobody@example.com", PASSWORD),
        (UserFactory.create(is_active=False).email, PASSWORD),
    ]:
        status, html = sign_in(Client(), email, password)
        assert status == 422
        texts.add(re.findall(r"<li>(.*?)</li>", html)[0])
    assert texts == {"The e-mail address or the password is wrong."}


def test_what_was_typed_stays_but_the_password(market: Market) -> None:
    _status, html = sign_in(Client(), "mara@example.com", "secret words")
    assert 'value="mara@example.com"' in html
    assert "secret words" not in html


def test_five_failures_pause_signing_in(market: Market) -> None:
    client, email = Client(), market.user("manager").email
    for _try in range(5):
        assert sign_in(client, email, "wrong")[0] == 422
    status, html = sign_in(client, email, "wrong")
    assert status == 429
    assert "Too many attempts" in html
    assert sign_in(client, email)[0] == 429
    assert sign_in(client, market.user("finance").email)[0] == 302


def test_the_session_is_a_new_one(market: Market) -> None:
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(client, market.user("manager").email)
    assert client.session.session_key != planted


def test_sign_out_ends_the_session(market: Market) -> None:
    client = client_of(market.people["manager"])
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/companies/").status_code == 302


def test_a_part_of_a_page_is_told_when_the_session_is_over(market: Market) -> None:
    response = Client().get("/companies/?part=totals", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert response["Offset-Expired"] == "yes"


def test_who_belongs_nowhere_is_told_so(db: None) -> None:
    client = Client()
    client.force_login(UserFactory.create(), backend="companies.backends.PasswordBackend")
    for url in ("/", "/companies/", "/switch/"):
        response = client.get(url)
        assert response.status_code == 403
        assert "You belong to no company here" in response.content.decode()


def test_demo_people_show_in_demo_mode_only(market: Market) -> None:
    user = UserFactory.create(name="Mara", email="mara@demo.example")
    MembershipFactory.create(user=user, company=market.operator, roles=["manager"])
    assert "mara@demo.example" not in Client().get("/sign-in/").content.decode()
    with override_settings(DEMO=True):
        html = Client().get("/sign-in/").content.decode()
    assert 'value="mara@demo.example"' in html
    assert "Marketplace manager" in html


# --- switching ---


def test_switch_between_marketplaces(market: Market) -> None:
    south = make_market("south")
    user = market.user("manager")
    other = MembershipFactory.create(user=user, company=south.acme, roles=["company_admin"])
    client = client_of(market.people["manager"])
    assert "Acme south" in client.get("/switch/").content.decode()
    assert client.post("/switch/", {"membership": other.pk}).status_code == 302
    assert "Acme south" in client.get("/companies/").content.decode()
    assert "Acme north" not in client.get("/companies/").content.decode()


@pytest.mark.parametrize("wanted", ["", "x", "-1", "0", "9" * 30, "\0", "1e3"])
def test_switch_refuses_nonsense(market: Market, wanted: str) -> None:
    assert client_of(market.people["manager"]).post("/switch/", {"membership": wanted}).status_code == 404


def test_switch_refuses_another_persons_membership(market: Market) -> None:
    theirs = market.people["finance"].membership
    assert client_of(market.people["manager"]).post("/switch/", {"membership": theirs.pk}).status_code == 404


def test_a_lost_membership_counts_at_once(market: Market) -> None:
    client = client_of(market.people["manager"])
    assert client.get("/companies/").status_code == 200
    Membership.objects.filter(user=market.user("manager")).update(is_active=False)
    assert client.get("/companies/").status_code == 403


# --- theme, language, sidebar ---


def test_theme_comes_from_the_server(market: Market) -> None:
    client = client_of(market.people["manager"])
    assert "data-theme=" not in client.get("/companies/").content.decode()
    response = client.post("/theme/", {"theme": "dark", "next": "/companies/?q=a"})
    assert response["Location"] == "/companies/?q=a"
    assert '<html lang="en" data-theme="dark"' in client.get("/companies/").content.decode()
    client.post("/theme/", {"theme": "system"})
    assert "data-theme=" not in client.get("/companies/").content.decode()


def test_theme_goes_back_to_the_page_it_was_chosen_on(market: Market) -> None:
    client = client_of(market.people["manager"])
    headers = {"Referer": "http://testserver/companies/?q=a"}
    assert client.post("/theme/", {"theme": "dark"}, headers=headers)["Location"] == "/companies/?q=a"
    assert client.post("/theme/", {"theme": "dark"}, headers={"Referer": "http://evil//evil"})["Location"] == "/"


def test_the_kept_menu_names_nobody_else_and_takes_this_answers_token(market: Market) -> None:
    texts = []
    for person in ("manager", "finance", "manager"):
        client = Client(enforce_csrf_checks=True)
        client.force_login(market.user(person), backend="companies.backends.PasswordBackend")
        html = client.get("/companies/").content.decode()
        assert f"Account of {market.people[person].name}" in html
        tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html))
        assert len(tokens) == 1
        texts.append(tokens.pop())
        assert client.post("/sign-out/", {"csrfmiddlewaretoken": texts[-1]}).status_code == 302
    assert len(set(texts)) == 3


@pytest.mark.parametrize("url", ["//evil", "https://evil", "/\\evil", ""])
def test_theme_goes_nowhere_else(market: Market, url: str) -> None:
    client = client_of(market.people["manager"])
    assert client.post("/theme/", {"theme": '"><script>', "next": url})["Location"] == "/"
    assert "<script>" not in client.get("/companies/").content.decode()


def test_language_of_the_person(market: Market) -> None:
    user = market.user("manager")
    user.language = "de"
    user.save()
    client = client_of(market.people["manager"])
    assert re.search(r'value="de" lang="de"\s+aria-pressed="true"', client.get("/companies/").content.decode())
    client.post("/language/", {"language": "fr"})
    page = client.get("/companies/").content.decode()
    assert re.search(r'value="fr" lang="fr"\s+aria-pressed="true"', page)
    assert '<html lang="en"' in page


def test_sidebar_names_what_one_may_open(market: Market) -> None:
    manager = client_of(market.people["manager"]).get("/companies/").content.decode()
    admin = client_of(market.people["company_admin"]).get("/companies/").content.decode()
    assert 'aria-current="page" title="Companies"' in manager
    assert "Audit log" in manager
    assert "Credit memos" in admin
    assert "Audit log" not in admin
    assert "Settings" not in admin


# --- refusals ---


def test_not_found_and_not_allowed_look_like_the_product(market: Market) -> None:
    client = client_of(market.people["user"])
    missing, refused = client.get("/nowhere/"), client.get("/companies/")
    assert (missing.status_code, refused.status_code) == (404, 403)
    assert "Page not found" in missing.content.decode()
    assert "You are not allowed to do this" in refused.content.decode()
    assert 'id="sidebar"' in missing.content.decode()


def test_something_failed_needs_nothing() -> None:
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something failed on our side" in response.content.decode()


def test_forms_need_their_token(market: Market) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(market.user("manager"), backend="companies.backends.PasswordBackend")
    response = client.post("/switch/", {"membership": "1"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


def test_a_file_takes_the_cookie_of_the_waiting_page_away(market: Market) -> None:
    client = client_of(market.people["manager"])
    for url, is_kept in (("/companies/", True), ("/companies/?export=csv", False)):
        client.cookies["downloading"] = "1"
        client.get(url)
        assert (client.cookies["downloading"].value == "1") is is_kept


# --- what the browser loads ---


def test_pages_are_not_kept_and_run_nothing_inline(market: Market) -> None:
    response = client_of(market.people["manager"]).get("/companies/")
    assert response["Cache-Control"] == "no-store, private"
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    html = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", html)
    for url in re.findall(r'(?:src|href|action|hx-get|hx-post)="([^"]*)"', html):
        assert url.startswith(("/", "?", "#")), url


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_have_nothing_inline_and_name_no_other_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:|hx-on|hx-vals=[\"']js:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.", text)


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: path.name)
def test_assets_name_no_other_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text)
    assert "eval(" not in text
    assert "@import" not in text


def test_the_sprite_holds_every_icon() -> None:
    assert Path(settings.BASE_DIR, "static/img/icons.svg").read_text(encoding="utf-8") == sprite()
    assert {badge.icon for kind in BADGES.values() for badge in kind.values()} <= NAMES


def test_pages_of_reasons_belong_to_the_settings(market: Market) -> None:
    """Their addresses begin like those of credit memos."""
    client = client_of(market.people["manager"])
    for address in (reverse("creditmemos:reasons"), reverse("creditmemos:reason_add")):
        html = client.get(address).content.decode()
        assert re.findall(r'<a[^>]*href="([^"]+)"[^>]*aria-current="page"', html) == [reverse("companies:settings")]
