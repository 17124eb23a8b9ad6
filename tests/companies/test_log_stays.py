"""Nothing that a member can edit changes what the log says of the past; names of the product's own are nobody's."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from companies import operations
from companies.domain.company_values import values_of
from companies.domain.names import RESERVED, check_person_name
from companies.domain.refusals import NameIsReserved
from companies.members import Member
from companies.models import Membership
from companies.operations.profile import change_profile
from core import audit
from core.actors import MACHINE
from core.errors import Refusal
from core.models import Approval, AuditEntry, PersonAsOf
from creditmemos import operations as memos
from creditmemos.operations.reasons import change_reason
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)
UNTIL = {"date_to": "2026-05-18"}


def main_of(page: str) -> str:
    """The page without its frame, which names who looks at it, and without tokens."""
    return re.sub('value="[A-Za-z0-9]{64}"', "", page.partition("<main")[2].partition("</main>")[0])


def text_of(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    if answer.streaming:
        return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return main_of(answer.content.decode())


def rename(market: Market, role: str, name: str) -> None:
    change_profile(name=name, language="", actor=market.actor(role), now=LATER)


@pytest.fixture
def past(market: Market) -> dict[str, str]:
    """What was done by several people, and the pages and files that tell it, by name."""
    invoice, memo = issue_invoice(market), issue_memo(market, "200.00")
    used = apply(market, memo, invoice, 30_00)
    memos.reverse(application=used, reason="Twice", actor=market.actor("finance"), now=NOW, key=key())
    memos.void(memo=credit_invoice(market, invoice, 10_00), reason="No", actor=market.actor("finance"), now=NOW)
    memos.release(memo=issue_memo(market), actor=market.actor("support"), now=NOW)
    settings = market.marketplace.settings
    settings.approval_threshold = 0
    settings.save()
    issue_memo(market, "75.00", company=market.birch)
    memos.reject(approval=Approval.objects.get(), reason="Why?", actor=market.actor("finance"), now=NOW)
    own, other = f"/credit-memos/{memo.pk}/", f"/invoices/{invoice.pk}/"
    return {
        "log": "/audit-log/", "log as CSV": "/audit-log/?export=csv", "memo": own, "activity": f"{own}activity/",
        "invoice": other, "activity of the invoice": f"{other}activity/", "approvals": "/credit-memos/approvals/?decision=all",
        "approvals as CSV": "/credit-memos/approvals/?decision=all&export=csv", "deliveries": "/mails/",
        "deliveries as CSV": "/mails/?export=csv", "request": f"/credit-memos/approvals/{Approval.objects.get().pk}/",
    }  # fmt: skip


def told(client: Client, past: dict[str, str]) -> dict[str, str]:
    """What each page and file says of the day on which it all happened."""
    found = {}
    for name, address in past.items():
        url, _mark, query = address.partition("?")
        more = dict(pair.split("=") for pair in query.split("&") if pair)
        found[name] = text_of(client, url, **more, **(UNTIL if url == "/audit-log/" else {}))
    return found


def test_what_members_edit_changes_nothing_of_the_past(market: Market, past: dict[str, str]) -> None:
    reader = client_of(market.people["second_manager"])
    before = told(reader, past)
    assert "Finance North" in before["memo"] + before["invoice"]
    assert "finance" in before["log as CSV"]
    for role in market.people:
        rename(market, role, f"Another {role}")
    for company in (market.operator, market.acme, market.birch):
        values = replace(values_of(company), name=f"Other {company.pk}", city="Elsewhere", billing_email="a@b.example")
        operations.change_company(company=company, values=values, actor=market.actor(), now=LATER)
    reason = market.reason()
    change_reason(
        reason=reason, labels={"en": "Something else"}, counts_as=reason.counts_as, note_required=False, is_active=True,
        position=9, actor=market.actor(), now=LATER,
    )  # fmt: skip
    after = told(reader, past)
    parties = {"memo", "invoice", "request"}  # What these say of the customer is the customer's page's, and is linked.
    for name in before.keys() - parties:
        assert after[name].splitlines() == before[name].splitlines(), name
    for name in parties:
        assert "Another" not in after[name]
    assert "Another finance" in text_of(reader, "/people/")


def test_one_row_for_each_change_of_a_name_and_none_for_acts(market: Market) -> None:
    for _time in range(3):
        issue_memo(market)
    rows = PersonAsOf.objects.filter(user=market.user("manager"))
    [(name, address)] = rows.values_list("name", "address")
    assert (name, address) == ("Manager North", market.user("manager").email)
    assert set(AuditEntry.objects.values_list("actor_label", "person__name")) == {("", "Manager North")}
    rename(market, "manager", "Mara Berg")
    market.people["manager"].name = "Mara Berg"
    issue_memo(market, now=LATER)
    assert list(rows.order_by("pk").values_list("name", "since")) == [("Manager North", NOW), ("Mara Berg", LATER)]
    assert [row.who for row in AuditEntry.objects.filter(verb="credit_memo.issued").order_by("pk")][2:] == [
        "Manager North",
        "Mara Berg",
    ]


@pytest.mark.parametrize("rows", [1, 40])
def test_the_person_is_looked_up_once_for_all_rows_of_an_act(
    market: Market, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issue_memo(market)
    notes = [audit.Note("settings.changed", "", None, None, {}) for _each in range(rows)]
    with django_assert_max_num_queries(2):
        audit.record_many(notes, actor=market.actor(), now=NOW)


def test_everybody_is_kept_as_they_are_called_when_the_release_comes(market: Market) -> None:
    keep = import_module("core.migrations.0008_people_as_they_are_called").keep
    keep(apps, None)
    rows = PersonAsOf.objects.filter(user=market.user("finance"))
    assert list(rows.values_list("name", "address")) == [("Finance North", market.user("finance").email)]
    assert PersonAsOf.objects.count() == len(market.people)
    memo = issue_memo(market)
    rename(market, "manager", "Mara Berg")
    page = text_of(client_of(market.people["finance"]), f"/credit-memos/{memo.pk}/")
    assert "Manager North" in page
    assert "Mara Berg" not in page


def test_rows_of_earlier_releases_keep_their_label(market: Market, manager: Client) -> None:
    AuditEntry.objects.create(
        marketplace=market.marketplace, at=NOW, actor=market.user("finance"), actor_label="Fiona of old",
        verb="settings.changed",
    )  # fmt: skip
    assert "Fiona of old" in text_of(manager, "/audit-log/")
    assert "1 entry<" in text_of(manager, "/audit-log/", q="Fiona")


@pytest.mark.parametrize("asked", ["ÉLODIE", "e\u0301lodie b", "ＢＥＲＧ", "élodie"])
def test_the_log_is_searched_by_names_in_any_spelling(market: Market, manager: Client, asked: str) -> None:
    rename(market, "support", "Élodie Berg")
    memo = issue_memo(market)
    membership = Membership.objects.get(user=market.user("support"))
    memos.release(memo=memo, actor=Member(membership).actor, now=NOW)
    hers = AuditEntry.objects.filter(person__name="Élodie Berg")
    assert [row.verb for row in hers.order_by("pk")] == ["credit_memo.released"]
    assert "1 entry<" in text_of(manager, "/audit-log/", q=asked)
    assert "No entries match" in text_of(manager, "/audit-log/", q="Elodie")


def test_the_log_is_searched_by_address(market: Market, manager: Client) -> None:
    issue_memo(market)
    memos.release(memo=issue_memo(market), actor=market.actor("support"), now=NOW)
    assert "1 entry<" in text_of(manager, "/audit-log/", q=market.user("support").email)


TAKEN_FOR = [
    *RESERVED, "billing  PIPELINE", "Billing-Pipeline", " System.", "BiIling pipeIine", "B1lling pipel1ne",
    "\uff22\uff49\uff4c\uff4c\uff49\uff4e\uff47 pipeline", "Billing\u200bpipeline", "\u0412illing pipelin\u0435",
    "B\u00edlling pip\u00e8line", f"{MACHINE} (root@prod)",
]  # fmt: skip


@pytest.mark.parametrize("name", TAKEN_FOR)
def test_names_of_the_product_are_nobodys(name: str) -> None:
    with pytest.raises(NameIsReserved) as refused:
        check_person_name(name, field="manager_name")
    assert refused.value.field == "manager_name"


@pytest.mark.parametrize("name", ["Bill Pipe", "Systa Meier", "Зоя Петрова", "Olga Offsetter", "李雷", "X"])
def test_people_have_their_names(name: str) -> None:
    check_person_name(name)


def doors(market: Market) -> dict[str, Callable[[str], object]]:
    return {
        "profile": lambda name: change_profile(name=name, language="", actor=market.actor("finance"), now=NOW),
        "people": lambda name: operations.invite(
            company=market.acme, email="new@acme.example", name=name, roles=["user"], actor=market.actor(), now=NOW
        ),
    }


@pytest.mark.parametrize("door", ["profile", "people"])
def test_every_door_refuses_them_beside_the_name(market: Market, door: str) -> None:
    with pytest.raises(Refusal) as refused:
        doors(market)[door]("Billing pipeline")
    assert (refused.value.code, refused.value.field) == ("name_reserved", "name")
    assert not Membership.objects.filter(name="Billing pipeline").exists()
    assert not AuditEntry.objects.exists()


def test_the_profile_says_so_beside_the_field(market: Market) -> None:
    page = client_of(market.people["finance"]).post("/profile/", {"name": "Billing Pipeline", "language": ""})
    assert page.status_code == 422
    assert "the name of Offset itself in the log" in page.content.decode()
    assert not AuditEntry.objects.exists()
