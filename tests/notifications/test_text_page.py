"""The pages of mail texts: the default to copy, the editor with its preview, and a test to oneself."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from notifications import operations
from notifications.domain.kinds import all_kinds
from notifications.mail import defaults, texts
from notifications.models import Delivery, MailTemplate
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo, make_market
from tests.support.outbox import drain
from tests.support.smtp import MailServer
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
MEMO = "credit_memo_pdf_created"
KIND = f"/mails/settings/{MEMO}/"
DEFAULT, NEW = f"{KIND}en/", f"{KIND}en/new/"
MAX_QUERIES = 12


def values(**changes: object) -> dict[str, object]:
    """What the form sends; None leaves a field out."""
    same: dict[str, object] = {
        "name": "Large ones", "priority": "10", "enabled": "on", "subject": "Memo {{ number }}",
        "body": "Dear {{ recipient }},\r\nhere is {{ total }}.\r\n", "number": "",
        "parameter_0": "total", "operator_0": "at_least", "value_0": "1000",
    }  # fmt: skip
    return {name: value for name, value in (same | changes).items() if value is not None}


@pytest.fixture
def text(market: Market) -> MailTemplate:
    made = texts.checked(MEMO, "en", subject="Memo {{ number }}", body="Dear {{ recipient }}")
    return operations.add_text(
        text=made, name="Own", priority=5, enabled=True, conditions=[], actor=market.actor(), now=NOW
    )


def preview_of(page: str) -> str:
    """The words of the preview, in one line."""
    found = re.search(r'<div id="preview".*?</div>\s*(?:</section>|$)', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).replace("&#x27;", "'").split())


def test_the_default_is_shown_with_what_it_comes_to(
    manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(DEFAULT).content.decode()
    assert "Credit memo {{ number }} from {{ merchant.name }}" in page
    assert "Credit memo CM-2026-00042 from Harbour &amp; Vale Software Ltd" in preview_of(page)
    assert f'href="{NEW}"' in page


def test_every_default_has_its_page(manager: Client) -> None:
    for kind in all_kinds():
        for language in defaults.languages(kind.name):
            assert "notice-bad" not in manager.get(f"/mails/settings/{kind.name}/{language}/").content.decode()


def test_the_default_takes_no_forms(manager: Client) -> None:
    assert manager.post(DEFAULT, values()).status_code == 405


@pytest.mark.parametrize("url", [f"{KIND}la/", f"{KIND}la/new/", "/mails/settings/payslip/en/", f"{NEW}?copy=999"])
def test_what_is_not_there(manager: Client, url: str) -> None:
    assert manager.get(url).status_code == 404


def test_a_new_text_begins_as_the_default(
    manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(NEW).content.decode()
    assert 'value="Credit memo {{ number }} from {{ merchant.name }}"' in page
    assert "{% if attached %}" in page
    assert 'name="priority" value="10"' in page
    for variable in ("number", "total", "payer.name", "source.number", "recipient", "lock"):
        assert f"<code>{{{{ {variable} }}}}</code>" in page
    assert "{% for row in lines %}" in page


def test_it_is_saved_with_its_conditions(market: Market, manager: Client) -> None:
    answer = manager.post(NEW, values(), follow=True)
    made = MailTemplate.objects.get()
    assert answer.redirect_chain == [(f"/mails/texts/{made.pk}/", 302)]
    assert "Large ones is saved and in use." in answer.content.decode()
    assert (made.marketplace, made.kind, made.language) == (market.marketplace, MEMO, "en")
    assert made.conditions == [{"parameter": "total", "operator": "at_least", "value": "1000"}]
    assert made.body == "Dear {{ recipient }},\nhere is {{ total }}.\n"
    page = manager.get(KIND).content.decode()
    assert "Total is at least 1000" in page


def test_it_is_changed_and_shows_its_versions(
    market: Market, manager: Client, text: MailTemplate, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/mails/texts/{text.pk}/"
    changes = values(subject="Another {{ number }}", enabled=None, parameter_0="", value_0="")
    answer = manager.post(url, changes, follow=True)
    assert "Large ones is saved and not in use." in answer.content.decode()
    text.refresh_from_db()
    assert (text.version, text.enabled, text.conditions) == (2, False, [])
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(url).content.decode()
    assert "2: Manager North" in page
    assert "1: Manager North" in page


def test_a_text_is_copied(manager: Client, text: MailTemplate) -> None:
    page = manager.get(f"{NEW}?copy={text.pk}").content.decode()
    assert 'name="priority" value="15"' in page
    assert 'value="Memo {{ number }}"' in page


@pytest.mark.parametrize(
    ("changes", "target", "problem"),
    [
        ({"body": "One\r\n{{ oops }}"}, "id_body", "Line 2: "),
        ({"subject": "{{ note }}"}, "id_subject", "This subject can come out empty."),
        ({"subject": ""}, "id_subject", "This field is required."),
        ({"name": ""}, "id_name", "This field is required."),
        ({"priority": "-1"}, "id_priority", "greater than or equal to 0"),
        ({"value_0": "much"}, "id_value_0", "Enter an amount such as 1000.00."),
        ({"operator_0": "contains"}, "id_value_0", "Total can be compared by"),
        ({"parameter_0": ""}, "id_parameter_0", "Choose a parameter."),
        ({"parameter_0": "password"}, "id_parameter_0", "Select a valid choice."),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_typed_is_lost(
    manager: Client, changes: dict[str, str], target: str, problem: str
) -> None:
    answer = manager.post(NEW, values(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{target}"' in page
    assert problem in page
    assert "here is {{ total }}" in page or "oops" in page
    assert not MailTemplate.objects.exists()


# --- Preview ---------------------------------------------------------------------------------------------------------


def test_the_preview_follows_what_is_typed(manager: Client) -> None:
    with writes() as written:
        answer = manager.post(
            NEW, values(go="preview", subject="Now {{ total }}"), headers={"HX-Request": "true", "HX-Target": "preview"}
        )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<form" not in page
    assert "Now 3,176.44 EUR" in page
    assert written == []


def test_without_a_script_the_preview_is_the_page(manager: Client) -> None:
    page = manager.post(NEW, values(go="preview", name="", subject="Now {{ total }}")).content.decode()
    assert "Now 3,176.44" in preview_of(page)
    assert 'value="Now {{ total }}"' in page
    assert "notice-bad" not in page


def test_the_preview_says_where_it_fails(manager: Client) -> None:
    page = manager.post(NEW, values(go="preview", body="One\nTwo\n{{ oops }}")).content.decode()
    assert "Line 3: " in preview_of(page)


def test_the_preview_takes_a_document(market: Market, manager: Client) -> None:
    memo = issue_memo(market, "77.00")
    page = manager.post(NEW, values(go="preview", number=memo.number)).content.decode()
    assert f"{memo.number} Memo {memo.number}" in preview_of(page)
    assert "here is 77.00" in preview_of(page)
    assert "can have this mail." in manager.post(NEW, values(go="preview", number="CM-9")).content.decode()


def test_the_preview_of_used_credit_takes_its_latest_use(market: Market, manager: Client) -> None:
    url = "/mails/settings/credit_applied/en/new/"
    invoice, memo = issue_invoice(market), issue_memo(market)
    words = {"subject": "Used {{ total }}", "body": "{% for row in applications %}{{ row.invoice }}{% endfor %}"}
    before = manager.post(url, values(go="preview", number=memo.number, **words)).content.decode()
    assert "No document with the number" in before
    apply(market, memo, invoice, 3000)
    after = preview_of(manager.post(url, values(go="preview", number=memo.number, **words)).content.decode())
    assert "Used 30.00" in after
    assert str(invoice.number) in after


def test_the_preview_shows_nobody_elses_document(south: Market, manager: Client) -> None:
    theirs = issue_memo(south)
    for number in (theirs.number, "CM\0", "x" * 500):
        page = manager.post(NEW, values(go="preview", number=number)).content.decode()
        assert "No document with the number" in page


# --- A test to oneself -----------------------------------------------------------------------------------------------


def test_a_test_goes_to_oneself_and_is_marked(market: Market, manager: Client, mails: MailServer) -> None:
    answer = manager.post(
        NEW, values(go="test", subject="Try {{ number }}", recipient="all@x.example", to="b@x.example")
    )
    page = answer.content.decode()
    address = market.user("manager").email
    assert f"A test is on its way to {address}." in page
    assert 'value="Try {{ number }}"' in page
    drain()
    (mail,) = mails.received
    assert mail.recipients == [address]
    assert mail.message["Subject"] == "[Test] Try CM-2026-00042"
    delivery = Delivery.objects.get()
    assert (delivery.is_test, delivery.state, delivery.subject_kind, delivery.user_id) == (
        True, "sent", "", market.user("manager").pk,
    )  # fmt: skip
    entry = AuditEntry.objects.get(verb="notification.tested")
    assert entry.after == {"notification": MEMO, "language": "en", "recipient": address}
    assert not MailTemplate.objects.exists()


def test_a_test_sent_twice_goes_once(market: Market, manager: Client) -> None:
    token = "8c7f0a52-6f0f-4f2e-9d55-1d7b50a3b7a1"
    for _ in range(2):
        manager.post(NEW, values(go="test", token=token))
    assert Delivery.objects.count() == 1


def test_words_that_fail_are_not_sent(manager: Client) -> None:
    answer = manager.post(NEW, values(go="test", body="{{ oops }}"))
    assert answer.status_code == 422
    assert not Delivery.objects.exists()


# --- Others ----------------------------------------------------------------------------------------------------------


def test_finance_reads(market: Market, text: MailTemplate) -> None:
    finance = client_of(market.people["finance"])
    page = finance.get(f"/mails/texts/{text.pk}/").content.decode()
    assert "You can read these settings." in page
    assert "Send me a test" not in page
    assert "Copy" not in finance.get(DEFAULT).content.decode()
    assert finance.get(NEW).status_code == 403
    with writes() as written:
        for go in ("", "preview", "test"):
            assert finance.post(f"/mails/texts/{text.pk}/", values(go=go)).status_code == 403
            assert finance.post(NEW, values(go=go)).status_code == 403
    assert written == []


def test_strangers_find_nothing(text: MailTemplate) -> None:
    south = client_of(make_market("south").people["manager"])
    url = f"/mails/texts/{text.pk}/"
    assert south.get(url).status_code == 404
    assert south.get(f"{NEW}?copy={text.pk}").status_code == 404
    with writes() as written:
        assert south.post(url, values()).status_code == 404
    assert written == []


@pytest.mark.parametrize("person", ["support", "company_admin", "reseller", "developer"])
def test_others_see_nothing_of_it(market: Market, text: MailTemplate, person: str) -> None:
    client = client_of(market.people[person])
    for url in (DEFAULT, NEW, f"/mails/texts/{text.pk}/"):
        assert client.get(url).status_code == 403
