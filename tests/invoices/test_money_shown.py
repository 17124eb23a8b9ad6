"""What an invoice's page and list say of money: paid and credited apart, being paid, and the badge of who settled it."""

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice
from tests.factories.payments import receive
from tests.factories.world import Market, apply, charge, issue_invoice, issue_memo
from tests.support.reading import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """120.00, due in a month."""
    return issue_invoice(market, charge("100.00"), terms_days=60)


def read(client: Client, invoice: Invoice) -> tuple[dict[str, int], str, str]:
    """The figures of the header, the badge, and the words of the bar."""
    page = Page(client.get(reverse("invoices:detail", args=[invoice.pk])).content)
    [badge] = page.tree.xpath("//div[@class='states']")
    [bar] = page.tree.xpath("//*[@class='figures-bar']//*[@role='img']")
    return page.figures(), " ".join(badge.text_content().split()), bar.get("aria-label").partition(": ")[2]


def test_part_paid(market: Market, manager: Client, invoice: Invoice) -> None:
    receive(market, 100_00, (invoice, 30_00))
    apply(market, issue_memo(market, "20.00"), invoice, 20_00)
    figures, badge, bar = read(manager, invoice)
    assert [figures[name] for name in ("Total", "Applied", "Paid", "Due")] == [120_00, 20_00, 30_00, 70_00]
    assert "Being paid" not in figures
    assert (badge, bar) == ("Unpaid", "Applied €20.00, Paid €30.00, Due €70.00")


def test_being_paid(market: Market, manager: Client, invoice: Invoice) -> None:
    receive(market, 100_00, (invoice, 100_00), is_pending=True)
    figures, badge, bar = read(manager, invoice)
    assert (figures["Due"], figures["Being paid"]) == (120_00, 100_00)
    assert "Paid" not in figures
    assert (badge, bar) == ("Pending", "Being paid €100.00, Left to pay €20.00")


def test_paid_by_money_alone(market: Market, manager: Client, invoice: Invoice) -> None:
    receive(market, 130_00, (invoice, 120_00))
    figures, badge, bar = read(manager, invoice)
    assert (figures["Paid"], figures["Due"]) == (120_00, 0)
    assert (badge, bar) == ("Paid", "Paid €120.00")


def test_settled_by_both(market: Market, manager: Client, invoice: Invoice) -> None:
    receive(market, 100_00, (invoice, 100_00))
    apply(market, issue_memo(market, "20.00"), invoice, 20_00)
    _figures, badge, bar = read(manager, invoice)
    assert (badge, bar) == ("Paid and credited", "Applied €20.00, Paid €100.00")


def test_settled_by_credit_alone(market: Market, manager: Client, invoice: Invoice) -> None:
    apply(market, issue_memo(market, "120.00"), invoice, 120_00)
    assert read(manager, invoice)[1:] == ("Settled by credit", "Applied €120.00")
