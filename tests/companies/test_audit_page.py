"""The audit log page: what it says, its filters, its files, and its order."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core import audit
from core.formats import DASH
from core.labels import FIELDS, VERBS
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.models import Application
from creditmemos.operations import change_settings
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo, make_market
from tests.support.visits import client_of
from web.activity import changes

pytestmark = pytest.mark.django_db
PAGE = "/audit-log/"
MAX_QUERIES = 12


def test_rows_name_person_verb_document_company_and_reason(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    memo = issue_memo(market)
    operations.void(memo=memo, reason="Twice <b>", actor=market.actor("finance"), now=NOW)
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(PAGE).content.decode()
    for text in (
        "Finance North",
        "Voided a credit memo",
        "CM-2026-00001",
        "Acme north",
        "Twice &lt;b&gt;",
        "Total: €50.00",
    ):
        assert text in page


def test_before_and_after_are_readable(market: Market, manager: Client) -> None:
    values = {"approval_threshold": 500_00, "auto_apply": False, "payment_terms_days": 30}
    change_settings(marketplace=market.marketplace, values=values, actor=market.actor(), now=NOW)
    page = manager.get(PAGE).content.decode()
    assert f"Approval limit: {DASH} → €500.00" in page
    assert "Apply credit to new invoices: Yes → No" in page
    assert "Payment terms in days: 14 → 30" in page


def test_applications_name_their_invoices(market: Market) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    apply(market, memo, invoice, 30_00)
    entry = AuditEntry.objects.get(verb="credit_memo.applied")
    assert str(changes(entry, "EUR")[0]) == f"Applications: €30.00 on {invoice.number}"
    operations.reverse(application=Application.objects.get(), reason="x", actor=market.actor(), now=NOW, key="back")
    entry = AuditEntry.objects.get(verb="credit_memo.reversed")
    assert f"Applications: €30.00 back from {invoice.number}" in map(str, changes(entry, "EUR"))


def test_every_verb_and_field_that_is_written_has_words(market: Market) -> None:
    for entry in AuditEntry.objects.all():
        assert entry.verb in VERBS
        assert set(entry.before) | set(entry.after) <= set(FIELDS) | {"currency", "user_id"}


@pytest.fixture
def scenario(market: Market) -> Market:
    """Two memos of one day, one of the next, one voided by finance."""
    first = issue_memo(market)
    issue_memo(market, company=market.birch)
    issue_memo(market, now=NOW + timedelta(days=1))
    operations.void(memo=first, reason="Twice", actor=market.actor("finance"), now=NOW + timedelta(days=1))
    return market


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 4),
        ({"verb": "credit_memo.voided"}, 1),
        ({"q": "cm-2026-00001"}, 2),
        ({"q": "Finance"}, 1),
        ({"q": "CM-2099"}, 0),
        ({"date_to": "2026-05-18"}, 2),
        ({"date_from": "2026-05-19"}, 2),
        ({"date_from": "2026-05-19", "date_to": "2026-05-18"}, 0),
        ({"date_to": "9999-12-31"}, 4),
        ({"date_from": "0001-01-01"}, 4),
    ],
)
def test_filters(scenario: Market, manager: Client, query: dict[str, str], count: int) -> None:
    page = manager.get(PAGE, query).content.decode()
    words = "No entries match" if not count else "1 entry<" if count == 1 else f"{count} entries"
    assert words in page


def test_filters_by_person_and_company(scenario: Market, manager: Client) -> None:
    assert "1 entry<" in manager.get(PAGE, {"who": scenario.user("finance").pk}).content.decode()
    assert "1 entry<" in manager.get(PAGE, {"company": scenario.birch.pk}).content.decode()


def test_strangers_cannot_be_chosen_as_filters(scenario: Market, manager: Client) -> None:
    south = make_market("south")
    page = manager.get(PAGE, {"who": south.user("finance").pk, "company": south.acme.pk}).content.decode()
    assert "South" not in page
    assert "Acme south" not in page


def test_other_marketplaces_rows_are_not_there(scenario: Market) -> None:
    stranger = client_of(make_market("south").people["manager"])
    assert "No entries yet" in stranger.get(PAGE).content.decode()


def test_exports_hold_before_and_after(scenario: Market, manager: Client) -> None:
    answer = manager.get(PAGE, {"export": "csv", "verb": "credit_memo.voided"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert '"Voided a credit memo","CM-2026-00001","Acme north"' in text
    assert '"Twice"' in text
    assert manager.get(PAGE, {"export": "xlsx"}).status_code == 200


def test_paging_by_keyset_skips_nothing_within_a_millisecond(market: Market, manager: Client) -> None:
    for at in range(60):
        audit.record(actor=market.actor(), verb="settings.changed", after={"memo_prefix": f"P{at:02}-"},
                     now=NOW + timedelta(microseconds=at))  # fmt: skip
    url, seen = PAGE, []
    while url:
        page = manager.get(url).content.decode()
        seen += [at for at in range(60) if f"P{at:02}-" in page]
        following = page.split('rel="next"')[0].rsplit('href="', 1)[1] if 'rel="next"' in page else ""
        url = PAGE + following.split('"')[0].replace("&amp;", "&") if following else ""
    assert sorted(seen) == list(range(60))


@pytest.mark.parametrize("role", ["finance", "support"])
def test_staff_reads_it(market: Market, role: str) -> None:
    assert client_of(market.people[role]).get(PAGE).status_code == 200


@pytest.mark.parametrize("role", ["developer", "reseller", "company_admin", "user"])
def test_others_do_not(market: Market, role: str) -> None:
    client = client_of(market.people[role])
    assert client.get(PAGE).status_code == 403
    assert client.get(PAGE, {"export": "csv"}).status_code == 403
