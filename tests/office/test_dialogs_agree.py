"""Desks, dialogs, requests and search results say figures that add up, and that the documents' own pages say."""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from payments.models import Allocation
from payments.operations import take_off
from tests.factories.billing import memo_of_two
from tests.factories.world import NOW, Market, key
from tests.support.full_books import Books
from tests.support.reading import AMOUNT, Page, amount
from tests.support.verbs import set_threshold
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.damage]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def amounts_in(text: str, currency: str) -> list[int]:
    """The amounts within a sentence, in minor units."""
    sign = {"EUR": "€", "JPY": "¥"}[currency]
    found = [amount(one, currency) for one in AMOUNT.findall(text) if sign in one]
    return [one for one in found if one is not None]


def part_used(full: Books) -> CreditMemo:
    """The memo of which a part is used on the invoice of all books."""
    return CreditMemo.objects.get(source_invoice=full.invoice, status="partially_applied")


def desk(full: Books, name: str, pk: int, **typed: str) -> Page:
    """A desk worked out anew with the amounts that were typed."""
    answer = full.reader.post(reverse(f"creditmemos:{name}", args=[pk]), {"do": "recalculate", "token": "t", **typed})
    assert answer.status_code == 200
    return Page(answer.content, full.currency)


@pytest.mark.parametrize("name", ["apply", "apply_to_invoice", "apply_account"])
def test_a_desk_leads_from_before_to_after(full: Books, name: str) -> None:
    memo, invoice, currency = part_used(full), full.invoice, full.currency
    of = {"apply": memo.pk, "apply_to_invoice": invoice.pk, "apply_account": memo.account_id}[name]
    seen = {f"seen-memo-{one.pk}": str(one.balance) for one in CreditMemo.objects.usable().filter(account=memo.account)}
    page = desk(full, name, of, **{**seen, f"amount-{memo.pk}-{invoice.pk}": "3"})
    used = 3 if currency == "JPY" else 300
    sums, aging = page.figures("") if name == "apply" else page.figures(), page.table("aging-title")
    assert sums["To apply"] == used
    due, available = aging.row("Due"), aging.row("Available")
    for row in (due, available):
        assert row.amount("Before", currency) - used == row.amount("After", currency)
    for column in ("Before", "After"):
        assert aging.sum(column, currency) == due.amount(column, currency)
    assert (sums["Due after"], sums["Available after"]) == (
        due.amount("After", currency), available.amount("After", currency)
    )  # fmt: skip
    if name == "apply":
        assert sums["Balance"] == full.page("creditmemos:detail", memo.pk).figures()["Balance"]
        assert sums["Balance"] - used == sums["Remaining after this"]
    if name != "apply_to_invoice":
        rows = page.table("invoices-title")
        assert rows.sum("Due", currency) == due.amount("Before", currency)
        assert rows.sum("Due after", currency) == due.amount("After", currency)
    if name == "apply_to_invoice":
        rows = page.table("memos-title")
        assert rows.sum("Available", currency) == available.amount("Before", currency)
        assert rows.sum("Remaining after", currency) == available.amount("After", currency)


def test_taking_back_says_what_the_invoice_owes_then(full: Books) -> None:
    memo, currency = part_used(full), full.currency
    used = Application.objects.get(memo=memo)
    owed = full.page("invoices:detail", full.invoice.pk).figures()["Due"]
    for page in (
        full.page("creditmemos:reverse", memo.pk, used.pk), full.page("creditmemos:undo_and_void", memo.pk)
    ):  # fmt: skip
        said, table = page.figures(), page.table("")
        assert said["Total"] - said["Applied"] == said["Balance"]
        [row] = table.rows
        assert row.amount("Credit reversed", currency) == said["Applied"] == used.amount
        assert row.amount("Due now", currency) == owed
        assert row.amount("Due now", currency) + row.amount("Credit reversed", currency) == row.amount(
            "Due after", currency
        )


def test_voiding_a_memo_cancels_what_its_page_has_left(full: Books) -> None:
    memo = CreditMemo.objects.filter(status="unapplied").latest("pk")
    left = full.page("creditmemos:detail", memo.pk).figures()["Balance"]
    page = full.page("creditmemos:void", memo.pk)
    [words] = page.tree.xpath("//*[@class='consequence']")
    assert amounts_in(words.text_content(), full.currency) == [left] == [page.figures()["Balance"]]


def test_voiding_an_invoice_returns_what_its_page_says_was_applied(full: Books) -> None:
    for row in Allocation.objects.filter(invoice=full.invoice, reverses=None, reversal=None):
        take_off(allocation=row, reason="Void it", actor=full.market.actor(), now=NOW, key=key(), confirmed=True)
    applied = full.page("invoices:detail", full.invoice.pk).figures()["Applied"]
    page = full.page("invoices:void", full.invoice.pk)
    returned = page.tree.xpath("//ul[@class='concerned'][1]/li")
    back = [amounts_in(" ".join(line.text_content().split()), full.currency)[0] for line in returned]
    assert sum(back) == applied > 0


def test_requests_say_one_amount_limit_and_sum(full: Books) -> None:
    currency = full.currency
    set_threshold(full.market, 5000)
    asked = Approval.objects.get(decision="waiting")
    finance = client_of(full.market.people["finance"])
    listed = Page(finance.get(reverse("creditmemos:approvals")).content, currency).list()
    page = Page(finance.get(reverse("creditmemos:approval", args=[asked.pk])).content, currency)
    said, lines = page.figures(), page.table("lines")
    [row] = listed.rows
    assert row.amount("Amount", currency) == said["Amount"] == 8200
    assert lines.sum("Gross", currency) == lines.row("Total").amount("Gross", currency) == said["Amount"]
    assert said["Approval limit"] == 5000
    memos = full.page("creditmemos:list", include_voided="on", company=full.market.acme.pk).list()
    voided = full.page("invoices:list", include_void="on", company=full.market.acme.pk).list()
    alone = [memos.row("Total").amount(name, currency) for name in ("Total", "Written off")]
    lost = voided.row("Of which void").amount("Total", currency)
    [told] = [value for name, value in said.items() if "last 24 hours" in name]
    assert told == sum(alone) + lost > 0


@pytest.mark.parametrize("asked", ["CM-2026-0", "INV-2026-0"])
def test_a_search_shows_the_totals_that_the_pages_show(full: Books, asked: str) -> None:
    found = full.page("core:search", q=asked).tree.xpath("//table//tr[th/a]")
    kind, name = (CreditMemo, "creditmemos") if asked.startswith("CM") else (Invoice, "invoices")
    by_link = {reverse(f"{name}:detail", args=[one.pk]): one for one in kind.objects.filter(number__startswith=asked)}
    assert len(found) >= 3
    for row in found:
        [link], [cell] = row.xpath("th/a"), row.xpath("td[@class='num']")
        header = full.page(f"{name}:detail", by_link[link.get("href")].pk).figures()
        assert amount(cell.text_content(), full.currency) == header["Total"], link.text


def test_rows_of_the_divide_page_come_to_the_memo(market: Market) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    _first, second, memo = memo_of_two(market)
    full = Books(market, second, client_of(market.people["manager"]))
    page = full.page("creditmemos:divide", memo.pk)
    labels = [" ".join(label.text_content().split()) for label in page.tree.xpath("//form//label")]
    rows = [amounts_in(label, "EUR")[-1] for label in labels if "·" in label]
    assert len(rows) >= 2
    assert sum(rows) == page.figures()["Total"] == full.page("creditmemos:detail", memo.pk).figures()["Total"]
