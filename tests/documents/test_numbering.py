"""Numbers: without gaps, in the order of their dates, per merchant and kind, whatever the settings were before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from billing.operations.voiding import void_invoice
from companies.models import MarketplaceSettings
from core.errors import NumberTaken, Refusal, guards_as_refusals
from creditmemos import operations
from creditmemos.models import CreditMemo
from documents.models import NumberSeries
from documents.operations import numbering
from documents.operations.numbering import next_number
from invoices import operations as invoice_operations
from invoices.models import Invoice
from ledger.operations import account_for
from tests.factories.companies import MerchantFactory
from tests.factories.world import NOW, TODAY, Market, charge, issue_invoice, issue_memo, key, make_market


@pytest.fixture
def market(db: None) -> Market:
    """Berlin, with the prefixes INV-{YYYY}- and CM-{YYYY}-."""
    return make_market()


def change(market: Market, **values: object) -> None:
    """Change settings as they stand in the database, past the checks of the settings page."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(**values)


def numbers(market: Market, *kinds: str, now: datetime = NOW) -> list[str | None]:
    """Issue one document per letter (i: invoice, m: memo) and give their numbers."""
    made = [issue_invoice(market, now=now) if kind == "i" else issue_memo(market, now=now) for kind in kinds]
    return [document.number for document in made]


def on(year: int, month: int = 5, day: int = 18) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=UTC)


def test_each_kind_counts_for_itself(market: Market) -> None:
    assert numbers(market, *"imimm") == [
        "INV-2026-00001", "CM-2026-00001", "INV-2026-00002", "CM-2026-00002", "CM-2026-00003"
    ]  # fmt: skip


def test_each_merchant_counts_for_itself(market: Market) -> None:
    merchant = MerchantFactory.create(company=market.reseller, code="RES")
    account = account_for(payer=market.client, merchant=merchant)
    change(market, invoice_prefix="{MERCHANT}-")
    first = issue_invoice(market)
    other = invoice_operations.issue(account=account, charges=(charge(),), actor=market.actor(), now=NOW, key=key())
    assert [first.number, other.number, issue_invoice(market).number] == ["NORTH-00001", "RES-00001", "NORTH-00002"]


def test_the_same_number_of_two_merchants_is_no_clash(market: Market) -> None:
    account = account_for(payer=market.client, merchant=MerchantFactory.create(company=market.reseller, code="RES"))
    issue_invoice(market)
    other = invoice_operations.issue(account=account, charges=(charge(),), actor=market.actor(), now=NOW, key=key())
    assert other.number == "INV-2026-00001"


def test_a_rolled_back_document_leaves_no_gap(market: Market) -> None:
    class Changed(Exception):
        pass

    def fail() -> None:
        with transaction.atomic():
            issue_memo(market)
            raise Changed

    numbers(market, "m")
    with pytest.raises(Changed):
        fail()
    assert numbers(market, "m") == ["CM-2026-00002"]


def test_a_voided_document_keeps_its_number(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    operations.void(memo=memo, reason="Mistake", actor=market.actor(), now=NOW)
    void_invoice(invoice=invoice, reason="Mistake", actor=market.actor(), now=NOW)
    assert numbers(market, *"im") == ["INV-2026-00002", "CM-2026-00002"]
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (invoice.number, memo.number) == ("INV-2026-00001", "CM-2026-00001")


def test_variables_are_expanded_with_the_issue_date(market: Market) -> None:
    change(market, invoice_prefix="{MERCHANT}/{MM}{DD}-", memo_prefix="")
    assert numbers(market, *"im") == ["NORTH/0518-00001", "00001"]
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # Half past midnight in Berlin.
    assert numbers(market, "i", now=late) == ["NORTH/0101-00002"]


def test_another_prefix_changes_no_issued_document_and_goes_on_counting(market: Market) -> None:
    first = issue_memo(market)
    change(market, memo_prefix="NOTE-")
    assert numbers(market, "m") == ["NOTE-00002"]
    first.refresh_from_db()
    assert first.number == "CM-2026-00001"


def test_dates_never_decrease_when_the_clock_goes_back(market: Market) -> None:
    days = [NOW, NOW + timedelta(days=3), NOW - timedelta(days=2), NOW + timedelta(days=1), NOW + timedelta(days=4)]
    issued = [issue_memo(market, now=now) for now in days]
    assert [(memo.sequence, memo.issue_date) for memo in issued] == [
        (1, TODAY), (2, date(2026, 5, 21)), (3, date(2026, 5, 21)), (4, date(2026, 5, 21)), (5, date(2026, 5, 22))
    ]  # fmt: skip
    assert issue_invoice(market, now=NOW - timedelta(days=2)).issue_date == date(2026, 5, 16)


# --- yearly reset -----------------------------------------------------------------------------------------------------


def test_a_yearly_reset_begins_again_with_one(market: Market) -> None:
    change(market, yearly_reset=True)
    assert numbers(market, *"mm") == ["CM-2026-00001", "CM-2026-00002"]
    assert numbers(market, "m", now=on(2027, 1, 1)) == ["CM-2027-00001"]
    assert numbers(market, "m", now=on(2026, 12, 31)) == ["CM-2026-00003"]  # The clock went back.
    assert numbers(market, "m", now=on(2027, 1, 2)) == ["CM-2027-00002"]
    assert numbers(market, "m", now=on(2028)) == ["CM-2028-00001"]


def test_the_year_ends_where_the_marketplace_is(market: Market) -> None:
    change(market, yearly_reset=True)
    assert numbers(market, "m", now=datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == ["CM-2026-00001"]
    assert numbers(market, "m", now=datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == ["CM-2027-00001"]


def test_a_reset_that_is_switched_on_within_a_year_begins_with_the_next(market: Market) -> None:
    numbers(market, *"mm")
    change(market, yearly_reset=True)
    assert numbers(market, "m") == ["CM-2026-00003"]
    assert numbers(market, "m", now=on(2027)) == ["CM-2027-00001"]


def test_a_reset_that_is_switched_off_goes_on_counting(market: Market) -> None:
    change(market, yearly_reset=True)
    numbers(market, *"mm")
    change(market, yearly_reset=False)
    assert numbers(market, "m") == ["CM-2026-00003"]
    assert numbers(market, "m", now=on(2027)) == ["CM-2027-00004"]


def test_a_prefix_without_a_year_can_not_be_reset(market: Market) -> None:
    for prefix in ("CM-", "CM-{MM}-"):
        with pytest.raises(DatabaseError, match="i12_reset_needs_year"), transaction.atomic():
            change(market, yearly_reset=True, memo_prefix=prefix)


# --- one series for both ----------------------------------------------------------------------------------------------


def test_a_shared_series_counts_both_kinds(market: Market) -> None:
    change(market, shared_numbers=True, invoice_prefix="D-", memo_prefix="D-")
    assert numbers(market, *"imim") == ["D-00001", "D-00002", "D-00003", "D-00004"]
    assert NumberSeries.objects.get().kind == "shared"


def test_sharing_goes_on_after_both_and_separating_after_the_shared(market: Market) -> None:
    numbers(market, *"iim")
    change(market, shared_numbers=True)
    assert numbers(market, *"mi") == ["CM-2026-00003", "INV-2026-00004"]
    change(market, shared_numbers=False, invoice_prefix="I-", memo_prefix="C-")
    assert numbers(market, *"imim") == ["I-00003", "C-00002", "I-00004", "C-00003"]


def test_separate_series_that_are_new_begin_after_the_shared_one(market: Market) -> None:
    change(market, shared_numbers=True)
    assert numbers(market, *"imi") == ["INV-2026-00001", "CM-2026-00002", "INV-2026-00003"]
    change(market, shared_numbers=False)
    assert numbers(market, *"im") == ["INV-2026-00004", "CM-2026-00004"]


def test_a_shared_series_with_a_reset(market: Market) -> None:
    numbers(market, *"iim")
    change(market, shared_numbers=True, yearly_reset=True)
    assert numbers(market, *"mi") == ["CM-2026-00003", "INV-2026-00004"]
    assert numbers(market, *"mi", now=on(2027)) == ["CM-2027-00001", "INV-2027-00002"]


def test_a_number_that_exists_is_refused_and_takes_nothing(market: Market) -> None:
    numbers(market, *"mm")
    change(market, shared_numbers=True)
    numbers(market, "m")
    change(market, shared_numbers=False)  # The settings page refuses this: CM-2026-00003 exists.
    with pytest.raises(Refusal) as caught, guards_as_refusals():
        issue_memo(market)
    assert type(caught.value) is NumberTaken
    assert CreditMemo.objects.count() == 3
    change(market, memo_prefix="C-")
    assert numbers(market, "m") == ["C-00003"]


def test_a_shared_number_is_unique_over_both_kinds(market: Market) -> None:
    change(market, invoice_prefix="X-", memo_prefix="Y-")
    numbers(market, *"iiim")
    change(market, shared_numbers=True, invoice_prefix="X-", memo_prefix="X-0000")  # Refused by the settings page.
    assert numbers(market, "m") == ["X-000000004"]
    change(market, memo_prefix="X-")
    assert numbers(market, *"mi") == ["X-00005", "X-00006"]


# --- previews and ranges ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shared", "yearly", "number"), [(False, False, 3), (False, True, 3), (True, False, 4), (True, True, 4)]
)
def test_the_preview_says_what_comes(market: Market, shared: bool, yearly: bool, number: int) -> None:
    numbers(market, *"iiimm")
    where = {"merchant_id": market.merchant.pk, "kind": "credit_memo", "shared": shared, "yearly": yearly}
    assert next_number(today=TODAY, **where) == number  # type: ignore[arg-type]
    change(market, shared_numbers=shared, yearly_reset=yearly)
    assert issue_memo(market).sequence == number
    assert next_number(today=TODAY, **where) == number + 1  # type: ignore[arg-type]


@transaction.atomic
def take_and_leave(where: dict[str, object]) -> None:
    taken = numbering.take(count=50, **where)  # type: ignore[arg-type]
    assert (taken.first, taken.last, taken.issue_date) == (2, 51, TODAY)
    numbering.take(**where)  # type: ignore[arg-type]


def test_a_range_is_taken_at_once_and_must_be_used_up(market: Market) -> None:
    numbers(market, "m")
    where = {
        "marketplace_id": market.marketplace.pk, "merchant_id": market.merchant.pk, "kind": "credit_memo",
        "shared": False, "yearly": False, "today": TODAY,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="i12_gap"):
        take_and_leave(where)
    assert numbers(market, "m") == ["CM-2026-00002"]
    assert not Invoice.objects.exists()
