"""A memo's sources are the invoices that its lines credit: told, served first and printed, however it was made."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.bulk_applying import apply_many
from creditmemos.queries.invoice_credits import memos_from
from creditmemos.queries.sources import sources_of
from documents.domain.kinds import kind_called
from documents.einvoice.output import WRITERS, einvoice_for
from invoices.models import Invoice
from tests.factories.billing import bill, memo_of_two, tax, two_to_credit
from tests.factories.world import NOW, Market, charge, credit_invoice, issue_invoice, issue_memo

pytestmark = pytest.mark.django_db

READERS = {
    # The column says what a person chose to credit, what a carried balance comes out of (ADR 45), and what an adjustment
    # settles (ADR 63); nothing else.
    "creditmemos/operations/adjusting.py", "creditmemos/operations/guards.py", "creditmemos/queries/adjustments.py",
    "creditmemos/verification/applications.py",
    "billing/operations/carried_balances.py", "billing/operations/full_credit.py", "creditmemos/approvals/memos.py",
    "creditmemos/models/memo.py", "creditmemos/operations/afterwards.py", "creditmemos/operations/approving.py",
    "creditmemos/operations/bulk_issuing.py", "creditmemos/operations/decision_previews.py",
    "creditmemos/operations/dividing.py", "creditmemos/operations/drafts.py", "creditmemos/operations/issue_facts.py", "creditmemos/operations/issuing.py",
    "creditmemos/operations/issuing_draft.py", "creditmemos/operations/requesting.py",
    "creditmemos/operations/rows.py", "creditmemos/queries/creditable.py", "creditmemos/queries/sources.py",
    "creditmemos/verification/documents.py", "creditmemos/views/adhoc.py", "creditmemos/views/composing.py",
    "creditmemos/views/from_invoice.py",
}  # fmt: skip


def held(market: Market) -> tuple[Invoice, Invoice, CreditMemo]:
    """A run's memo of two invoices that nothing was used of."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    return memo_of_two(market)


def older_debt(market: Market) -> Invoice:
    """An open invoice that the policy would serve before all others."""
    return issue_invoice(market, charge("500.00", taxes=()), terms_days=0)


def used(memo: CreditMemo) -> list[tuple[Invoice, int]]:
    rows = Application.objects.filter(memo=memo).select_related("invoice").order_by("invoice_id")
    return [(row.invoice, row.amount) for row in rows]


def test_the_column_is_read_where_it_is_meant_and_nowhere_else() -> None:
    root = Path(settings.BASE_DIR)
    named = re.compile(r"\bsource_invoice(?!s)")
    apps = ("billing", "creditmemos", "documents", "invoices", "ledger", "notifications", "office", "templates", "web")
    files = [path for app in apps for path in (root / app).rglob("*") if path.suffix in {".py", ".html"}]
    found = {str(path.relative_to(root)) for path in files if named.search(path.read_text(encoding="utf-8"))}
    assert {name for name in found if "/migrations/" not in name} == READERS


def test_each_way_of_making_a_memo(market: Market) -> None:
    first, second, by_run = held(market)
    by_hand, ad_hoc = credit_invoice(market, second, 100), issue_memo(market)
    found = sources_of([by_run.pk, by_hand.pk, ad_hoc.pk])
    assert [source.number for source in found[by_run.pk]] == [first.number, second.number]
    assert [source.invoice_id for source in found[by_hand.pk]] == [second.pk]
    assert ad_hoc.pk not in found


class TestFirst:
    """An older invoice is open, and yet the memo serves what it credits and what came with it."""

    def test_by_the_run_itself(self, market: Market) -> None:
        older = older_debt(market)
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=True)
        first, second, memo = memo_of_two(market)
        older.refresh_from_db()
        assert [invoice for invoice, _amount in used(memo)] == [first]
        assert (older.credited, sum(amount for _invoice, amount in used(memo))) == (0, memo.total)
        assert second.due_date == first.due_date

    @pytest.mark.parametrize("way", ["automatic", "bulk", "fill"])
    def test_by_every_other_way(self, market: Market, manager: Client, way: str) -> None:
        """The sibling is settled before; of the sources the first takes what it needs."""
        first, second, memo = held(market)
        older = older_debt(market)
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=True)
        if way == "automatic":
            operations.apply_automatically(account_id=memo.account_id, now=NOW)
        elif way == "bulk":
            apply_many([memo.account_id], marketplace_id=memo.marketplace_id, now=NOW, wait=True)
        else:
            url = reverse("creditmemos:apply", args=[memo.pk])
            page = manager.post(url, {"do": "fill"}).content.decode()
            filled = re.findall(rf'name="amount-{memo.pk}-(\d+)"[^>]*value="([\d.]+)"', page)
            assert [int(pk) for pk, _amount in filled] == [first.pk]
            return
        older.refresh_from_db()
        assert older.credited == 0
        assert [invoice.pk for invoice, _amount in used(memo)] == [first.pk]
        assert second.amount_due == 6200

    def test_by_the_preview_of_a_run(self, market: Market) -> None:
        """What a dry run foresees is what the run does."""
        older_debt(market)
        two_to_credit(market)
        runs = [bill(market, date(2026, 5, 18), now=NOW + timedelta(hours=1), dry=dry) for dry in (True, False)]
        foreseen, made = [run.lines.values_list("applications", "applied", "due") for run in runs]
        assert list(foreseen) == list(made) == [(1, 5600, 2800)]


class TestPages:
    def test_both_invoices_list_it_with_their_part(self, market: Market, manager: Client) -> None:
        first, second, memo = held(market)
        for invoice in (first, second):
            assert memos_from(invoice, market.people["manager"]) == [memo]
            page = manager.get(reverse("invoices:detail", args=[invoice.pk])).content.decode()
            assert str(memo) in page
            assert re.search(r"of which here [^/]*28\.00", page)

    def test_the_memo_links_to_both(self, market: Market, manager: Client) -> None:
        first, second, memo = held(market)
        page = manager.get(reverse("creditmemos:detail", args=[memo.pk])).content.decode()
        assert "Source invoices" in page
        for invoice in (first, second):
            assert f'<a href="/invoices/{invoice.pk}/">{invoice}</a>' in page

    def test_the_desks_say_whose_it_is(self, market: Market, manager: Client) -> None:
        first, second, memo = held(market)
        for url in (
            reverse("creditmemos:apply", args=[memo.pk]),
            reverse("creditmemos:apply_to_invoice", args=[second.pk]),
            reverse("creditmemos:apply_account", args=[memo.account_id]),
        ):
            page = " ".join(manager.get(url).content.decode().split())
            assert f"Source invoices: {first.number}, {second.number}" in page
            assert f"Source of {memo}" in page


def test_documents_name_every_invoice_by_the_official_rules(market: Market) -> None:
    tax(market)
    first, second, memo = held(market)
    content = kind_called("credit_memo").content(memo.pk)
    expected = [{"number": each.number, "date": str(each.issue_date)} for each in (first, second)]
    assert content["sources"] == expected
    for syntax in WRITERS:
        xml = einvoice_for(content, "credit_memo", syntax)
        assert all(number.encode() in xml for number in (str(first), str(second)))


def test_an_invoice_is_not_voided_under_a_memo_of_its_lines(market: Market) -> None:
    first, _second, memo = held(market)
    assert memo.source_invoice is None
    with pytest.raises(DatabaseError, match="i11_source_is_void"), transaction.atomic():
        Invoice.objects.filter(pk=first.pk).update(voided_at=NOW, status="void", amount_due=0)


def test_the_void_dialog_counts_the_invoices(market: Market, manager: Client) -> None:
    _first, second, by_run = held(market)
    for memo, words in (
        (by_run, "credited of the invoices can"),
        (credit_invoice(market, second, 100), "credited of the invoice can"),
    ):
        page = manager.get(reverse("creditmemos:void", args=[memo.pk])).content.decode()
        assert words in page
    assert "credited of" not in manager.get(reverse("creditmemos:void", args=[issue_memo(market).pk])).content.decode()
