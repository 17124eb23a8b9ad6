"""The pages "Notifications": the kinds of mail, and one of them: what managers switch, finance reads, and is refused."""

import re

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput
from core.models import AuditEntry
from notifications import operations
from notifications.domain.kinds import all_kinds, kind_called
from notifications.models import NotificationSetting
from notifications.queries import EVERYBODY, Decision, decision_about
from tests.factories.world import NOW, Market, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
LIST = "/mails/settings/"
MEMO, INVOICE, APPLIED, REFUND = (
    "credit_memo_pdf_created", "invoice_pdf_created", "credit_applied", "refund_processed",
)  # fmt: skip
PAGE = f"{LIST}{MEMO}/"
MAX_QUERIES = 12


def values(**changes: object) -> dict[str, object]:
    """What the form of the memo mail sends while nothing is changed; None leaves a field out."""
    same: dict[str, object] = {
        "audience": list(EVERYBODY), "attach_pdf": "on", "cc": "", "protection": "", "phrase": "",
    }  # fmt: skip
    return {name: value for name, value in (same | changes).items() if value is not None}


def held(market: Market, name: str = MEMO) -> Decision:
    return decision_about(kind_called(name), market.marketplace.pk)


def text_of(html: str) -> str:
    """The page's words without tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#x27;", "'").split())


def decide(market: Market, **changes: object) -> NotificationSetting:
    given: dict[str, object] = {"enabled": True, "attach_pdf": True, "cc": [], **changes}
    return operations.decide(kind=kind_called(MEMO), actor=market.actor(), now=NOW, **given)  # type: ignore[arg-type]


def test_the_list_says_what_each_mail_is(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    decide(market, attach_pdf=False, cc=["a@x.example"], audience=["billing_admin", "user"])
    with django_assert_max_num_queries(MAX_QUERIES), time_machine.travel(NOW, tick=False):
        page = manager.get(LIST).content.decode()
    said = text_of(page)
    for kind in all_kinds():
        assert f'href="{LIST}{kind.name}/"' in page
        assert str(kind.about) in said
    assert "Billing admins, Billed user and one copy" in said
    follow = [kind for kind in all_kinds() if kind.follows]
    to_staff = [kind for kind in all_kinds() if kind.to_staff]
    assert said.count("Billing contacts") == len(all_kinds()) - len(follow) - len(to_staff) - 1
    assert said.count("Managers and finance of the marketplace") == len(to_staff) == 1
    assert said.count("Recipients of “Invoice PDF created”") == 1
    assert "Manager North" in said
    assert said.count("Never changed") == len(all_kinds()) - 1


def test_it_is_reached_from_the_side_bar_and_the_settings(manager: Client) -> None:
    page = manager.get("/settings/").content.decode()
    assert page.count(f'href="{LIST}"') == 2
    assert 'aria-current="page"' in manager.get(PAGE).content.decode()


def test_the_page_shows_what_holds_and_the_texts(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    decide(market, cc=["a@x.example"], audience=["user"])
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(PAGE).content.decode()
    assert "a@x.example</textarea>" in page
    assert re.findall(r'name="audience" value="(\w+)"[^>]* checked', page) == ["user"]
    assert re.search(r'name="enabled"[^>]* checked', page)
    for language in ("de", "en", "fr"):
        assert f'href="{PAGE}{language}/"' in page
        assert f'href="{PAGE}{language}/new/"' in page


def test_a_mail_without_a_pdf_has_no_fields_for_one(manager: Client) -> None:
    page = manager.get(f"{LIST}{APPLIED}/").content.decode()
    assert "There is no PDF for this mail." in page
    assert 'name="enabled"' in page
    for name in ("attach_pdf", "attach_xml", "protection", "phrase"):
        assert f'name="{name}"' not in page


def test_an_unknown_kind_is_not_found(manager: Client) -> None:
    assert manager.get(f"{LIST}payslip/").status_code == 404
    assert manager.post(f"{LIST}payslip/", values()).status_code == 404


def test_a_mail_is_switched_on_with_copies(market: Market, manager: Client) -> None:
    changes = {"enabled": "on", "attach_pdf": None, "cc": "a@x.example, B@x.example\n b@x.example"}
    answer = manager.post(PAGE, values(**changes, audience=["user", "billing_admin"]), follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Saved. This mail is now on." in answer.content.decode()
    assert held(market) == Decision(
        enabled=True, attach_pdf=False, cc=("a@x.example", "B@x.example"), audience=("billing_admin", "user")
    )
    entry = AuditEntry.objects.get(verb="notification.changed")
    assert (entry.who, entry.marketplace_id) == ("Manager North", market.marketplace.pk)
    assert (entry.before["enabled"], entry.before["attach_pdf"], entry.before["cc"]) == (False, True, [])
    assert entry.after["cc"] == ["a@x.example", "B@x.example"]
    assert entry.after["audience"] == ["billing_admin", "user"]


def test_the_audit_log_says_it_in_words(manager: Client) -> None:
    manager.post(PAGE, values(enabled="on", protection="tax_number"))
    said = text_of(manager.get("/audit-log/").content.decode())
    assert "Changed a notification" in said
    assert "Notification: Credit memo PDF created" in said
    assert "Sent: No → Yes" in said
    assert "Password of the PDF: – → The customer's tax number" in said


def test_the_phrase_is_kept_and_never_told(market: Market, manager: Client) -> None:
    secret = "Möwen über Kiel 7"
    manager.post(PAGE, values(enabled="on", protection="phrase", phrase=secret))
    assert held(market).phrase == secret
    assert secret not in repr(held(market))
    page = manager.get(PAGE).content.decode()
    assert secret not in page
    assert "One is set. Leave this empty to keep it." in page
    manager.post(PAGE, values(enabled="on", protection="phrase", attach_pdf="on"))
    assert held(market).phrase == secret
    told = str(list(AuditEntry.objects.values_list("before", "after")))
    assert secret not in told
    assert "new_phrase" in told
    manager.post(PAGE, values(enabled="on", protection=""))
    assert NotificationSetting.objects.get().phrase == ""


@pytest.mark.parametrize("phrase", ["", "too short", "x" * 61, " leading blank", "with\ttab inside"])
def test_a_phrase_that_guards_nothing_is_refused(market: Market, manager: Client, phrase: str) -> None:
    answer = manager.post(PAGE, values(protection="phrase", phrase=phrase))
    assert answer.status_code == 422
    assert 'href="#id_phrase"' in answer.content.decode()
    assert not NotificationSetting.objects.exists()


def test_somebody_must_get_it(market: Market, manager: Client) -> None:
    answer = manager.post(PAGE, values(enabled="on", audience=[]))
    assert answer.status_code == 422
    assert "Choose who gets this mail, or switch it off." in answer.content.decode()
    assert manager.post(PAGE, values(enabled="on", audience=[], cc="a@x.example")).status_code == 302
    assert manager.post(PAGE, values(audience=[])).status_code == 302


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("a@x.example\nnobody", "nobody is not an e-mail address."),
        ("<script>alert(1)</script>", "is not an e-mail address."),
        (" ".join(f"p{n}@x.example" for n in range(11)), "At most 10 addresses can get a copy."),
        (f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example", "An address has at most 254 characters."),
        ("a@x.example\0", "Null characters are not allowed."),
        ("x" * 3001, "at most 3000 characters"),
    ],
)
def test_what_is_no_address_is_refused_beside_its_field(
    market: Market, manager: Client, typed: str, problem: str
) -> None:
    with writes() as written:
        answer = manager.post(PAGE, values(cc=typed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    assert page.count('class="field-error"') == 1
    assert '<a href="#id_cc">Copies to</a>' in page
    assert typed.rsplit(maxsplit=1)[-1].replace("<", "&lt;").replace(">", "&gt;") in page
    assert written == []


def test_finance_reads_and_does_not_change(market: Market) -> None:
    finance = client_of(market.people["finance"])
    page = finance.get(PAGE).content.decode()
    assert "You can read these settings." in page
    assert '<button class="btn btn-primary">Save' not in page
    assert "/new/" not in page
    assert len(re.findall(r"<(?:input|textarea|select)[^>]* disabled", page)) == 11
    with writes() as written:
        assert finance.post(PAGE, values(enabled="on")).status_code == 403
    assert written == []


def test_others_see_nothing_of_it(market: Market) -> None:
    for role in ("support", "company_admin", "reseller"):
        person = client_of(market.people[role])
        for page in (LIST, PAGE):
            assert person.get(page).status_code == 403
        assert person.post(PAGE, values()).status_code == 403


def test_the_other_marketplace_is_left_alone(market: Market, manager: Client) -> None:
    south = make_market("south")
    manager.post(PAGE, values(enabled="on", marketplace=south.marketplace.pk))
    assert (held(market).enabled, held(south).enabled) == (True, False)
    there = client_of(south.people["manager"]).get(LIST).content.decode()
    assert "Manager North" not in there


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"audience": ["everybody"]}, "audience"),
        ({"protection": "rot13"}, "protection"),
        ({"protection": "phrase"}, "phrase"),
        ({"cc": ["nobody"]}, "cc"),
        ({"protection": "tax_number", "attach_xml": True}, "attach_xml"),
    ],
)
def test_the_operation_refuses_by_itself(market: Market, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decide(market, **changes)
    assert refused.value.field == field
    assert not NotificationSetting.objects.exists()
