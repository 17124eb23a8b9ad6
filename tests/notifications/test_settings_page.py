"""The page "Notifications": what managers switch, finance reads, and what is refused beside its field."""

import re

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput
from core.models import AuditEntry
from notifications import operations
from notifications.kinds import all_kinds, kind_called
from notifications.models import NotificationSetting
from notifications.queries import Decision, decision_about, decisions
from tests.factories.world import NOW, Market, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/mails/settings/"
MEMO, INVOICE, APPLIED = "credit_memo_pdf_created", "invoice_pdf_created", "credit_applied"
MAX_QUERIES = 12


def values(**changes: object) -> dict[str, object]:
    """What the form sends while nothing is changed; None leaves a field out."""
    same: dict[str, object] = {f"{INVOICE}_enabled": "on"}
    for kind in all_kinds():
        same[f"{kind.name}_cc"] = ""
        if kind.has_pdf:
            same[f"{kind.name}_attach_pdf"] = "on"
    return {name: value for name, value in (same | changes).items() if value is not None}


def held(market: Market, name: str = MEMO) -> Decision:
    return decision_about(kind_called(name), market.marketplace.pk)


def text_of(html: str) -> str:
    """The page's words without tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#x27;", "'").split())


def test_page_says_what_each_mail_is(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    operations.decide(
        kind=kind_called(MEMO), enabled=True, attach_pdf=False, cc=["a@x.example"], actor=market.actor(), now=NOW
    )
    with django_assert_max_num_queries(MAX_QUERIES), time_machine.travel(NOW, tick=False):
        page = manager.get(PAGE).content.decode()
    said = text_of(page)
    for kind in all_kinds():
        assert f"{kind.label} " in said
        assert str(kind.about) in said
    assert said.count("The payer's company, billing and reseller admins") == len(all_kinds())
    assert "Manager North" in said
    assert said.count("Never changed") == len(all_kinds()) - 1
    assert said.count("There is none for this mail") == 1
    assert "a@x.example</textarea>" in page
    assert f'name="{APPLIED}_enabled"' in page
    assert f'name="{APPLIED}_attach_pdf"' not in page


def test_it_is_reached_from_the_side_bar_and_the_settings(manager: Client) -> None:
    page = manager.get("/settings/").content.decode()
    assert page.count(f'href="{PAGE}"') == 2
    assert 'aria-current="page"' in manager.get(PAGE).content.decode()


def test_unchanged_form_changes_nothing(market: Market, manager: Client) -> None:
    answer = manager.post(PAGE, values(), follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert not NotificationSetting.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_mail_is_switched_on_with_copies(market: Market, manager: Client) -> None:
    changes = {
        f"{MEMO}_enabled": "on",
        f"{MEMO}_attach_pdf": None,
        f"{MEMO}_cc": "a@x.example, B@x.example\n b@x.example",
    }
    answer = manager.post(PAGE, values(**changes), follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "1 notification is changed." in answer.content.decode()
    assert held(market) == Decision(enabled=True, attach_pdf=False, cc=("a@x.example", "B@x.example"))
    entry = AuditEntry.objects.get(verb="notification.changed")
    assert (entry.actor_label, entry.marketplace_id) == ("Manager North", market.marketplace.pk)
    assert entry.before == {"enabled": False, "attach_pdf": True, "cc": []}
    assert entry.after["cc"] == ["a@x.example", "B@x.example"]


def test_only_what_changed_is_written(market: Market, manager: Client) -> None:
    manager.post(PAGE, values(**{f"{MEMO}_enabled": "on", f"{INVOICE}_enabled": None}))
    manager.post(PAGE, values(**{f"{MEMO}_enabled": "on", f"{INVOICE}_enabled": "on"}))
    kinds = AuditEntry.objects.order_by("pk").values_list("after__notification", flat=True)
    assert list(kinds) == [MEMO, INVOICE, INVOICE]


def test_the_audit_log_says_it_in_words(manager: Client) -> None:
    manager.post(PAGE, values(**{f"{MEMO}_enabled": "on"}))
    said = text_of(manager.get("/audit-log/").content.decode())
    assert "Changed a notification" in said
    assert "Notification: Credit memo PDF created" in said
    assert "Sent: No → Yes" in said


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
        answer = manager.post(PAGE, values(**{f"{MEMO}_cc": typed, f"{INVOICE}_cc": "kept@x.example"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    assert page.count('class="field-error"') == 1
    assert f'<a href="#id_{MEMO}_cc">Credit memo PDF created, Copies to</a>' in page
    assert "kept@x.example</textarea>" in page
    assert typed.rsplit(maxsplit=1)[-1].replace("<", "&lt;").replace(">", "&gt;") in page
    assert written == []


def test_every_bad_field_is_shown_at_once(manager: Client) -> None:
    answer = manager.post(PAGE, values(**{f"{MEMO}_cc": "one", f"{INVOICE}_cc": "two"}))
    assert answer.content.decode().count('class="field-error"') == 2


def test_finance_reads_and_does_not_change(market: Market) -> None:
    finance = client_of(market.people["finance"])
    page = finance.get(PAGE).content.decode()
    assert "You can read these settings." in page
    assert '<button class="btn btn-primary">Save' not in page
    assert len(re.findall(r"<(?:input|textarea)[^>]* disabled", page)) == 3 * len(all_kinds()) - 1
    with writes() as written:
        assert finance.post(PAGE, values(**{f"{MEMO}_enabled": "on"})).status_code == 403
    assert written == []


def test_others_see_nothing_of_it(market: Market) -> None:
    for role in ("support", "company_admin", "reseller"):
        person = client_of(market.people[role])
        assert person.get(PAGE).status_code == 403
        assert person.post(PAGE, values()).status_code == 403


def test_the_other_marketplace_is_left_alone(market: Market, manager: Client) -> None:
    south = make_market("south")
    manager.post(PAGE, values(**{f"{MEMO}_enabled": "on", "marketplace": south.marketplace.pk}))
    assert (held(market).enabled, held(south).enabled) == (True, False)
    there = client_of(south.people["manager"]).get(PAGE).content.decode()
    assert "Manager North" not in there


def test_all_or_none(market: Market) -> None:
    wanted = decisions(market.marketplace.pk)
    wanted[APPLIED] = Decision(enabled=True, attach_pdf=True)
    wanted[MEMO] = Decision(enabled=True, attach_pdf=True, cc=("nobody",))
    with pytest.raises(InvalidInput) as refused:
        operations.decide_all(wanted=wanted, actor=market.actor(), now=NOW)
    assert refused.value.field == f"{MEMO}_cc"
    assert not NotificationSetting.objects.exists()
