"""What the audit log's rows are about: each kind by its name, linked where it has a page, found by its number."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from companies.queries.two_person import verbs
from core import audit, things
from core.labels import UnknownWord
from core.spelling import present
from creditmemos.operations import change_settings
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
PAGE = "/audit-log/"
QUERIES = 12


def entry(client: Client, **query: str) -> str:
    """The first row of the log, from its action on."""
    body = client.get(PAGE, query).content.decode()
    return body.partition("<tbody")[2].partition("</tr>")[0]


def test_a_payment_by_its_number_with_its_page(market: Market, manager: Client) -> None:
    payment = receive(market, 10_00)
    assert f'<a href="/payments/{payment.pk}/">P-000001</a>' in entry(manager)


@pytest.mark.parametrize("typed", ["P-000002", "p-2", " P-2 "])
def test_a_payment_is_found_by_its_number(market: Market, south: Market, manager: Client, typed: str) -> None:
    for each in (market, market, south, south):
        receive(each, 10_00)
    page = manager.get(PAGE, {"q": typed}).content.decode()
    assert "1 entry<" in page
    assert "P-000002" in page
    assert "P-000001" not in page


def test_a_number_that_no_payment_has_finds_nothing(market: Market, south: Market, manager: Client) -> None:
    receive(south, 10_00)
    assert "No entries match" in manager.get(PAGE, {"q": "P-000001"}).content.decode()


def test_settings_lead_to_their_page_those_who_may_open_it(market: Market, manager: Client) -> None:
    change_settings(marketplace=market.marketplace, values={"payment_terms_days": 30}, actor=market.actor(), now=NOW)
    assert '<a href="/settings/">Invoice &amp; credit memo</a>' in entry(manager)
    support = entry(client_of(market.people["support"]))
    assert "Invoice &amp; credit memo" in support
    assert "/settings/" not in support


def test_people_are_called_as_they_were_then(market: Market, manager: Client) -> None:
    membership = market.people["support"].membership
    audit.record(actor=market.actor("support"), verb="member.accepted", obj=membership, now=NOW)
    before = membership.name
    membership.name = "Somebody Else"
    membership.save()
    row = entry(manager)
    assert f'<a href="/people/{membership.pk}/">{before}</a>' in row
    assert "Somebody Else" not in row


def test_what_is_gone_is_called_by_its_kind_and_leads_nowhere(market: Market, manager: Client) -> None:
    audit.record(actor=market.actor(), verb="template.saved", kind="documenttemplate", object_id=987_654, now=NOW)
    row = entry(manager)
    assert "<td" in row
    assert "Template" in row
    assert "987654" not in row


def test_what_two_people_decide_has_a_name() -> None:
    assert {present(verb.kind) for verb in verbs()} <= things.all_things().keys()


def test_a_kind_without_a_name_is_an_error(market: Market) -> None:
    with pytest.raises(UnknownWord, match="the kind spaceship"):
        audit.record(actor=market.actor(), verb="settings.changed", kind="spaceship", object_id=1, now=NOW)


def test_no_kind_costs_a_statement_of_its_own(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    receive(market, 10_00, (issue_invoice(market), 5_00))
    for at, kind in enumerate(things.all_things()):
        audit.record(
            actor=market.actor(), verb="settings.changed", kind=kind, object_id=market.acme.pk,
            now=NOW + timedelta(minutes=at),
        )  # fmt: skip
    with django_assert_max_num_queries(QUERIES):
        page = manager.get(PAGE, {"per_page": "100"}).content.decode()
    assert page.count("Changed the settings") >= len(things.all_things())


def test_files_name_them_too(market: Market, manager: Client) -> None:
    receive(market, 10_00)
    answer = manager.get(PAGE, {"export": "csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert '"About"' in lines[0]
    assert '"Recorded a payment","P-000001","Acme north"' in lines[1]
