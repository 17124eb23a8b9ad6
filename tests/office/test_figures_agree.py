"""What stands together on a page adds up, read as a person reads it: header, lines, foot, history, files."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.models import BillingRun
from creditmemos.models import CreditMemo
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from tests.factories.billing import bill, plan, subscribe, tax
from tests.factories.world import (
    NOW,
    VAT,
    Market,
    issue_invoice,
    issue_memo,
)
from tests.support.full_books import Books
from tests.support.reading import Page, Row, Sheet, amount, sheet_of
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.damage]  # Nothing pays out yet: one memo is told that it was.
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
MOST = 12


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def is_issued(row: Row) -> bool:
    """Whether the row of a list has a number."""
    return row.cells["Number"] != "Draft"


def told(sheet: Sheet, label: str, header: str, currency: str) -> int:
    """A figure of the foot; nothing where it has no such line."""
    return sum(row.amount(header, currency) for row in sheet.foot if row.label == label)


def adds_up(sheet: Sheet, currency: str, *, less: tuple[str, ...], left: str, void: str) -> None:
    """Columns add up to the foot, rows and foot to what is left, and what is not issued is in none of it."""
    for header in ("Total", *less, left):
        issued = sum(row.amount(header, currency) for row in sheet.rows if is_issued(row))
        assert issued == told(sheet, "Total", header, currency), header
        drafts = sheet.sum(header, currency) - issued
        assert drafts == told(sheet, "Not issued (not in total)", header, currency), header
    for row in sheet.rows:
        if is_issued(row) and void not in row.cells["Status"]:
            spent = sum(row.amount(header, currency) for header in less)
            assert row.amount("Total", currency) - spent == row.amount(left, currency), row
    foot = {header: told(sheet, "Total", header, currency) for header in ("Total", *less, left)}
    voided = told(sheet, f"Of which {void.lower()}", "Total", currency)
    assert voided > 0
    assert foot["Total"] - voided - sum(foot[header] for header in less) == foot[left]


def test_the_list_of_credit_memos(full: Books) -> None:
    sheet = full.page("creditmemos:list", include_voided="on").list()
    assert sum(not is_issued(row) for row in sheet.rows) == 2
    adds_up(sheet, full.currency, less=("Applied", "Paid out", "Written off"), left="Balance", void="Voided")
    assert told(sheet, "Not issued (not in total)", "Total", full.currency) == 8100 + 8200
    rows, foot = (
        full.file("creditmemos:list", include_voided="on"),
        full.workbook_foot("creditmemos:list", rows=len(sheet.rows)),
    )
    assert len(rows) == len(sheet.rows)
    assert [row["Number"] for row in foot] == [line.label for line in sheet.foot]
    for header in ("Total", "Applied", "Paid out", "Written off", "Balance"):
        issued = [amount(row[header], full.currency) or 0 for row in rows if row["Number"].startswith("CM-")]
        assert sum(issued) == told(sheet, "Total", header, full.currency)
        for line, row in zip(sheet.foot, foot, strict=True):
            assert amount(row[header], full.currency) == line.amount(header, full.currency)
    assert {row["Currency"] for row in rows} == {full.currency}
    assert {row["On hold"] for row in rows} == {"Yes", "No"}


def test_the_list_of_invoices(full: Books) -> None:
    sheet = full.page("invoices:list", include_void="on").list()
    adds_up(sheet, full.currency, less=("Applied", "Paid"), left="Due", void="Voided")


def test_the_files_of_invoices_add_up_row_by_row(full: Books) -> None:
    """Money and credit in columns of their own; what they take off each total is what is due."""
    rows = full.file("invoices:list", include_void="on")
    assert {row["Status"] for row in rows} == {"Paid", "Paid and credited", "Pending", "Unpaid", "Voided"}
    for row in rows:
        total, applied, paid, due = (amount(row[name], full.currency) for name in ("Total", "Applied", "Paid", "Due"))
        assert row["Status"] == "Voided" or (total or 0) - (applied or 0) - (paid or 0) == due, row
    assert sum(amount(row["Paid"], full.currency) or 0 for row in rows) == 25_00 + 9_00 + 3_00


def test_a_long_list_has_the_same_totals(full: Books) -> None:
    """More rows than a page shows are added up by the database."""
    for _ in range(30):
        issue_memo(full.market, "1" if full.currency == "JPY" else "0.01")
    part = full.reader.get(reverse("creditmemos:list"), {"include_voided": "on", "part": "totals"}).content.decode()
    whole = full.page("creditmemos:list", include_voided="on", per_page=100).list()
    foot = part.partition('<tfoot id="totals" hx-swap-oob="true">')[2].partition("</tfoot>")[0]
    head = "".join(f"<th>{header}</th>" for header in whole.headers)
    page = Page(f"<table><thead>{head}</thead><tfoot>{foot}</tfoot></table>")
    found = page.tree if page.tree.tag == "table" else page.tree.find(".//table")
    assert [row.cells for row in sheet_of(found).foot] == [row.cells for row in whole.foot]


def test_every_credit_memo(full: Books) -> None:
    for memo in CreditMemo.objects.exclude(status__in=["awaiting_approval", "rejected"]):
        page = full.page("creditmemos:detail", memo.pk)
        sums, header = page.figures("sums"), page.figures()
        for found in (header, sums):
            less = sum(found.get(name, 0) for name in ("Applied", "Paid out", "Written off"))
            assert found["Total"] + found.get("Voided", 0) - less == found["Balance"], memo.status
        lines = page.table("lines")
        foot = lines.row("Total")
        for column in ("Net", "Tax", "Gross"):
            assert lines.sum(column, full.currency, kind="group") == foot.amount(column, full.currency)
            assert lines.sum(column, full.currency, kind="leaf") == foot.amount(column, full.currency)
        taxes = sum(value for name, value in sums.items() if name.startswith(("VAT", "City")))
        assert foot.amount("Net", full.currency) == sums["Subtotal"]
        assert foot.amount("Tax", full.currency) == taxes
        assert foot.amount("Gross", full.currency) == sums["Total"] == header["Total"]
        history = page.table("history")
        assert history.sum("Amount", full.currency) == header["Balance"]


def test_every_invoice(full: Books) -> None:
    for invoice in Invoice.objects.all():
        page = full.page("invoices:detail", invoice.pk)
        header, sums, lines = page.figures(), page.figures("sums"), page.table("lines")
        taken = header["Applied"] + header.get("Paid", 0)
        assert header["Total"] + header.get("Voided", 0) - taken == header["Due"]
        assert header.get("Being paid", 0) == invoice.payment_pending <= header["Due"]
        after = sum(value for name, value in sums.items() if name in ("Voided", "Paid") or name.startswith("CM-"))
        assert sums["Total"] + after == sums["Due"] == header["Due"]
        foot = lines.row("Total")
        for column in ("Net", "Tax", "Gross", "Credited"):
            assert lines.sum(column, full.currency, kind="leaf") == foot.amount(column, full.currency)
        assert foot.amount("Net", full.currency) == sums["Subtotal"]
        assert foot.amount("Gross", full.currency) == header["Total"]
        if invoice.pk == full.invoice.pk:
            used = page.table("credits")
            assert used.sum("Amount", full.currency) == used.row("Applied").amount("Amount", full.currency)
            assert used.row("Applied").amount("Amount", full.currency) == header["Applied"]


def test_crediting_an_invoice_says_what_its_page_says(full: Books) -> None:
    form = full.page("creditmemos:create_from_invoice", full.invoice.pk).table("lines")
    for row in (*form.rows, *form.foot):
        if row.cells["Invoiced"]:
            left = row.amount("Invoiced", full.currency) - row.amount("Credited", full.currency)
            assert left == row.amount("Creditable", full.currency)
    page = full.page("invoices:detail", full.invoice.pk)
    foot, total = page.table("lines").row("Total"), form.row("Total")
    assert total.amount("Credited", full.currency) == foot.amount("Credited", full.currency) > 0
    assert total.amount("Invoiced", full.currency) == page.figures()["Total"]
    live = CreditMemo.objects.filter(source_invoice=full.invoice, voided_at=None)
    assert total.amount("Credited", full.currency) == sum(memo.total for memo in live)


def test_a_company_and_its_statement(full: Books) -> None:
    for company in (full.market.acme, full.market.birch):
        page = full.page("companies:detail", company.pk)
        header, said, sheet = page.figures(), page.figures("statement"), page.table("statement")
        assert header["Due"] - header["Credit"] - header.get("Money on account", 0) == header["Balance"]
        before = said["Opening balance"]
        debit, credit = sheet.sum("Debit", full.currency), sheet.sum("Credit", full.currency)
        assert (said["Debits"], said["Credits"]) == (debit, credit)
        money = sheet.sum("Money", full.currency) if "Money" in sheet.headers else 0
        assert said.get("Money", 0) == money
        assert before + debit - credit - money == said["Closing balance"]
        closing = sheet.row("Closing balance")
        assert [closing.amount(name, full.currency) for name in ("Debit", "Credit", "Balance")] == [
            debit, credit, said["Closing balance"]
        ]  # fmt: skip
        assert money == 0 or closing.amount("Money", full.currency) == money
        assert header["Balance"] == said["Closing balance"]


def test_the_desk(full: Books) -> None:
    account = full.market.account()
    page = full.page("creditmemos:apply_account", account.pk)
    aging = page.table("aging-title")
    due, credit = (aging.row(label).amount("Before", full.currency) for label in ("Due", "Available"))
    assert aging.sum("Before", full.currency) == due == page.table("invoices-title").sum("Due", full.currency)
    assert page.table("memos-title").sum("Available", full.currency) == credit
    header = full.page("companies:detail", full.market.acme.pk).figures()
    assert (header["Due"], header["Credit"]) == (due, credit)
    money = aging.row("Money on account")
    assert [money.amount(name, full.currency) for name in ("Before", "After")] == [84_00, 84_00]
    assert header["Money on account"] == 84_00  # 77.00 of it paid before a memo was paid out.


def run_adds_up(full: Books, run: BillingRun, between: str) -> Page:
    """The header of a run and the rows of its payers."""
    page = full.page("billing:run", run.pk)
    header, payers = page.figures(), page.table("payers")
    assert header["Invoiced"] - header[between] == header["Due"]
    for name in ("Invoiced", between, "Due"):
        assert payers.sum(name) == header[name], name
    for row in payers.rows:
        assert row.amount("Invoiced") - row.amount(between) == row.amount("Due")
    return page


def test_a_run_and_its_preview(market: Market) -> None:
    full = Books(market, issue_invoice(market), client_of(market.people["manager"]))
    tax(market, TaxRate("VAT", VAT.rate))
    issue_memo(market, "500.00", use="follow")  # More than the earlier invoice, so the run's gets the rest.
    sold = subscribe(market, plan(market), start=MAY)
    subscribe(market, plan(market), start=MAY, company=market.birch)
    for dry in (True, False):
        page = run_adds_up(full, bill(market, MAY, dry=dry), "Applied to these invoices")
        found = page.figures()
        assert found["Applied to these invoices"] + found["Applied to earlier invoices"] == found["Applied"]
        assert found["Applied"] > 0
    sold.change(date(2026, 5, 5), quantity="10")
    found = run_adds_up(full, bill(market, JUNE), "Applied to these invoices").figures()
    assert found["Credited"] > 0


def test_a_retried_run_took_what_was_worked(market: Market) -> None:
    subscribe(market, plan(market), start=MAY)
    run = bill(market, MAY)
    BillingRun.objects.filter(pk=run.pk).update(finished_at=run.started_at + timedelta(days=3), restarts=1)
    full = Books(market, Invoice.objects.get(), client_of(market.people["manager"]))
    page = full.page("billing:run", run.pk)
    [took] = [
        term.getnext().text_content() for term in page.tree.iter("dt") if term.text_content() == "Processing time"
    ]
    assert float(took.split()[0]) < 60
    assert float(took.split()[0]) == pytest.approx(sum(run.batches.values_list("seconds", flat=True)), abs=0.06)


def test_what_version_1_carries_over(market: Market) -> None:
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    tax(market)
    sold = subscribe(market, plan(market), start=MAY)
    bill(market, MAY)
    sold.change(date(2026, 5, 5), quantity="10")
    lessened = bill(market, date(2026, 5, 20))
    full = Books(market, Invoice.objects.latest("pk"), client_of(market.people["manager"]))
    page = full.page("companies:detail", market.acme.pk)
    header = page.figures()
    assert header["Carried over"] == 16200
    assert header["Due"] - header["Credit"] - header["Carried over"] == header["Balance"]
    assert header["Balance"] == page.figures("statement")["Closing balance"]
    run_adds_up(full, lessened, "Carried over")
    run_adds_up(full, bill(market, JUNE), "Carried over")
    sheet = full.page("invoices:list").list()
    for row in (*sheet.rows, sheet.row("Total")):
        less = sum(row.amount(name) for name in ("Applied", "Paid", "Carried over"))
        assert row.amount("Total") - less == row.amount("Due"), row
    for invoice in Invoice.objects.all():
        header = full.page("invoices:detail", invoice.pk).figures()
        assert header["Total"] + header.get("Carried over", 0) - header["Applied"] == header["Due"]


PAGES: dict[str, Callable[[Books], tuple[object, ...]]] = {
    "creditmemos:list": lambda _books: (),
    "invoices:list": lambda _books: (),
    "creditmemos:detail": lambda _books: (CreditMemo.objects.filter(status="partially_applied").latest("pk").pk,),
    "invoices:detail": lambda full: (full.invoice.pk,),
    "creditmemos:create_from_invoice": lambda full: (full.invoice.pk,),
    "companies:detail": lambda full: (full.market.acme.pk,),
    "creditmemos:apply_account": lambda full: (full.market.account().pk,),
    "billing:dashboard": lambda _books: (),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("full", ["EUR"], indirect=True)
def test_it_takes_few_statements(full: Books, name: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    args = PAGES[name](full)
    full.page(name, *args)
    with django_assert_max_num_queries(MOST):
        full.page(name, *args)
