"""The invoice list: who sees which rows and columns, search, filters, order, totals, files."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.operations.voiding import void_invoice
from companies.operations.approvals import approve
from creditmemos.operations.adjusting import write_off_invoice
from invoices.models import Invoice
from tests.factories.world import NOW, Market, apply, charge, issue_invoice, issue_memo, make_market
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
MAX_QUERIES, MAX_BYTES = 12, 100_000


@pytest.fixture
def market() -> Market:
    return make_market()


def page(client: Client, **asked: Any) -> str:
    answer = client.get(reverse("invoices:list"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(client: Client, **asked: Any) -> list[str]:
    """The numbers in the table, top down."""
    body = page(client, **asked).partition("<tbody")[2].partition("</tbody>")[0]
    return [cell.partition("<")[0] for cell in body.split("data-row-link>")[1:]]


def numbered(*invoices: Invoice) -> list[str]:
    return [str(invoice) for invoice in invoices]


def test_every_figure_of_a_row_and_the_totals(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, billed_user=market.user("user"))
    issue_invoice(market, charge("10.00", taxes=()), company=market.birch)
    apply(market, issue_memo(market), invoice, 2000)

    found = page(manager)

    for words in (
        str(invoice),
        "Acme north",
        "User North",
        "€120.00",
        "€20.00",
        "€100.00",
        "May 18, 2026",
        "Jun 1, 2026",
    ):
        assert words in found
    foot = found.partition("<tfoot")[2]
    assert [amount in foot for amount in ("€130.00", "€20.00", "€110.00")] == [True] * 3


def test_the_badge_tells_overdue_and_who_settled(market: Market, manager: Client) -> None:
    late, credited = issue_invoice(market, terms_days=5), issue_invoice(market, terms_days=60)
    apply(market, issue_memo(market, "120.00"), credited, 12000)
    found = page(manager)
    assert "Overdue" in found.partition(str(late))[2].partition("</tr>")[0]
    assert "Settled by credit" in found.partition(str(credited))[2].partition("</tr>")[0]


def test_what_was_given_up_is_found_by_staff_alone(market: Market, manager: Client) -> None:
    given_up, paid = issue_invoice(market, terms_days=60), issue_invoice(market, charge("1.00", taxes=()))
    late, fresh = issue_invoice(market, terms_days=5), issue_invoice(market, terms_days=60)
    apply(market, issue_memo(market, "1.00"), paid, 100)
    asked = write_off_invoice(invoice=given_up, reason="Insolvent", actor=market.actor("finance"), now=NOW)
    approve(approval=asked, actor=market.actor(), now=NOW)
    assert numbers(manager, status="written_off") == numbered(given_up)
    assert sorted(numbers(manager, status="paid")) == numbered(given_up, paid)
    assert sorted(numbers(manager, status=["written_off", "overdue"])) == numbered(given_up, late)
    assert sorted(numbers(manager, status=["written_off", "unpaid"])) == numbered(given_up, late, fresh)
    customer = client_of(market.people["company_admin"])
    assert "Written off" not in page(customer)
    assert numbers(customer, status="written_off") == []


def test_filters(market: Market, manager: Client) -> None:
    late, fresh = issue_invoice(market, terms_days=5), issue_invoice(market, terms_days=60)
    settled = issue_invoice(market, charge("1.00", taxes=()), terms_days=60)
    theirs = issue_invoice(market, charge("900.00"), company=market.birch, now=NOW + timedelta(days=9), terms_days=30)
    hers = issue_invoice(market, billed_user=market.user("user"), now=NOW + timedelta(days=10), terms_days=30)
    void = issue_invoice(market, now=NOW + timedelta(days=11))
    void_invoice(invoice=void, reason="Wrong", actor=market.actor(), now=NOW + timedelta(days=11))
    apply(market, issue_memo(market, "1.00"), settled, 100)

    cases: list[tuple[dict[str, Any], list[Invoice]]] = [
        ({}, [late, fresh, settled, theirs, hers]),
        ({"include_void": "on"}, [late, fresh, settled, theirs, hers, void]),
        ({"status": "overdue"}, [late]),
        ({"status": ["overdue", "paid"]}, [late, settled]),
        ({"status": ["unpaid", "overdue"]}, [late, fresh, theirs, hers]),
        ({"status": "void"}, [void]),
        ({"has_due": "on"}, [late, fresh, theirs, hers]),
        ({"company": market.birch.pk}, [theirs]),
        ({"user": market.user("user").pk}, [hers]),
        ({"date_from": "2026-05-27", "date_to": "2026-05-27"}, [theirs]),
        ({"due_to": "2026-05-23"}, [late]),
        ({"due_from": "2026-06-26", "due_to": "2026-06-28"}, [theirs, hers]),
        ({"amount_from": "120.00", "amount_to": "120.00"}, [late, fresh, hers]),
        ({"merchant": market.merchant.pk, "status": "paid"}, [settled]),
        ({"q": str(void)}, [void]),
        ({"q": "birch"}, [theirs]),
        ({"q": "User North"}, [hers]),
        ({"q": str(fresh.sequence)}, [fresh]),
        ({"q": "nothing like it"}, []),
    ]
    for asked, expected in cases:
        assert sorted(numbers(manager, **asked)) == sorted(numbered(*expected)), asked


def test_orders(market: Market, manager: Client) -> None:
    small = issue_invoice(market, charge("1.00"), company=market.birch, terms_days=9)
    large = issue_invoice(market, charge("9.00"), now=NOW + timedelta(days=1), terms_days=1)
    for name in ("number", "date", "total", "due"):
        assert numbers(manager, sort=name) == numbered(small, large)
        assert numbers(manager, sort=f"-{name}") == numbered(large, small)
    assert numbers(manager, sort="due_date") == numbered(large, small)
    assert numbers(manager, sort="company") == numbered(large, small)


def test_files_hold_what_is_filtered(market: Market, manager: Client) -> None:
    issue_invoice(market, charge("1.50", taxes=()))
    issue_invoice(market, company=market.birch)
    asked: dict[str, Any] = {"export": "csv", "company": market.acme.pk}
    answer: Any = manager.get(reverse("invoices:list"), asked)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Number","Date","Due date","Company"')
    assert '"Acme north","",1.50,0.00,0.00,0.00,1.50,"Overdue","EUR"' in lines[1]
    assert len(lines) == 2
    sheet: Any = manager.get(reverse("invoices:list"), {"export": "xlsx"})
    assert b"".join(sheet.streaming_content)[:2] == b"PK"


def test_who_sees_which_rows(market: Market) -> None:
    acme, birch = issue_invoice(market, billed_user=market.user("user")), issue_invoice(market, company=market.birch)
    resold = issue_invoice(market, company=market.client)
    issue_invoice(make_market("south"))
    own_product = issue_invoice(market, charge("5.00", vendor_id=market.vendor.pk), company=market.birch)
    everything = [acme, birch, resold, own_product]
    expected = {
        "manager": everything, "finance": everything, "support": everything, "developer": [own_product],
        "reseller": [resold], "company_admin": [acme], "billing_admin": [acme], "user": [acme],
        "other_admin": [birch, own_product], "client_admin": [],
    }  # fmt: skip
    for person, invoices in expected.items():
        found = numbers(client_of(market.people[person]), per_page=50)
        assert sorted(found) == sorted(numbered(*invoices)), person


def test_a_developer_learns_no_document_sum(market: Market) -> None:
    own = charge("5.00", vendor_id=market.vendor.pk, taxes=())
    invoice = issue_invoice(market, own, charge("1234.00", description="Secret thing"))
    apply(market, issue_memo(market), invoice, 100)
    developer = client_of(market.people["developer"])

    found = page(developer)
    answer: Any = developer.get(reverse("invoices:list"), {"export": "csv"})

    assert "€5.00" in found
    for secret in ("1,485", "1,484", "Applied", "amount_from", "has_due"):
        assert secret not in found, secret
    assert numbers(developer, amount_from="2000", has_due="on", sort="-total") == numbered(invoice)
    assert b"1485" not in b"".join(answer.streaming_content)


def test_the_user_role_may_not_export(market: Market) -> None:
    assert client_of(market.people["user"]).get(reverse("invoices:list"), {"export": "csv"}).status_code == 403
    assert Client().get(reverse("invoices:list")).status_code == 302


def test_queries_and_bytes_do_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        issue_invoice(market, charge("1.00"))
    cases: list[dict[str, Any]] = [{}, {"per_page": "50"}, {"q": "acme"}, {"status": "overdue"}, {"page": "2"}]
    for asked in cases:
        with django_assert_max_num_queries(MAX_QUERIES):
            found = page(manager, **asked)
        assert len(found.encode()) < MAX_BYTES
    developer = client_of(market.people["developer"])
    with django_assert_max_num_queries(MAX_QUERIES):
        page(developer)
