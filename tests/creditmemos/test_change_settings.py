"""Change settings: noted, within their range, and never a prefix under which a number could come twice."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from companies.models import MarketplaceSettings
from companies.operations import approve
from core.errors import InvalidInput, Missing
from core.models import Approval, AuditEntry
from creditmemos import operations
from creditmemos.operations.settings import NumberExists, PatternsCollide, ResetNeedsYear
from creditmemos.queries.numbers import next_numbers
from documents.domain.patterns import PrefixCharacters
from invoices import operations as invoice_operations
from ledger.operations import account_for
from tests.factories.companies import MerchantFactory
from tests.factories.world import NOW, TODAY, Market, charge, issue_invoice, issue_memo, key
from tests.support.verbs import noted, refused

NEW_YEAR = datetime(2027, 1, 4, 9, tzinfo=NOW.tzinfo)


def change(market: Market, *, now: datetime = NOW, **values: Any) -> MarketplaceSettings:
    return operations.change_settings(marketplace=market.marketplace, values=values, actor=market.actor(), now=now)


def numbers(market: Market, *kinds: str, now: datetime = NOW) -> list[str | None]:
    """Issue one document per letter (i: invoice, m: memo) and give their numbers."""
    made = [issue_invoice(market, now=now) if kind == "i" else issue_memo(market, now=now) for kind in kinds]
    return [document.number for document in made]


def test_what_changed_is_stored_and_noted(market: Market) -> None:
    change(market, auto_apply=False, apply_order="largest_due", approval_threshold=50000, payment_terms_days=14)
    settings = MarketplaceSettings.objects.get(marketplace=market.marketplace)
    assert (settings.auto_apply, settings.apply_order, settings.approval_threshold) == (False, "largest_due", 50000)
    entry = noted("settings.changed")
    assert (entry.object_id, entry.actor) == (settings.pk, market.user("manager"))
    assert entry.before == {"auto_apply": True, "apply_order": "due_date", "approval_threshold": None}
    assert entry.after == {"auto_apply": False, "apply_order": "largest_due", "approval_threshold": 50000}


def test_the_same_values_are_not_noted(market: Market) -> None:
    change(market, auto_apply=True, memo_prefix="CM-{YYYY}-")
    assert not AuditEntry.objects.exists()


def test_the_threshold_is_taken_away_with_a_second_person(market: Market) -> None:
    change(market, approval_threshold=0)
    assert change(market, approval_threshold=None).approval_threshold == 0
    settings = approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=NOW)
    assert settings.approval_threshold is None


def test_more_days_back_need_a_second_person_and_fewer_do_not(market: Market) -> None:
    assert change(market, effective_days_back=30).effective_days_back == 30
    assert change(market, effective_days_back=31).effective_days_back == 30
    settings = approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=NOW)
    assert settings.effective_days_back == 31


@pytest.mark.parametrize(
    ("field", "value"),
    [("apply_order", "by_mood"), ("einvoice_in_pdf", "pdf"), ("tax_by", "day"), ("credit_limit", -1), ("credit_window_days", 0), ("credit_window_days", 1000), ("approval_threshold", -1), ("approval_threshold", 10**15 + 1),
     ("payment_terms_days", -1), ("payment_terms_days", 366),
     ("effective_days_back", -1), ("effective_days_back", 3651)],
)  # fmt: skip
def test_values_outside_their_range_are_refused(market: Market, field: str, value: Any) -> None:
    with refused(InvalidInput, field=field):
        change(market, **{field: value})


@pytest.mark.parametrize("name", ["marketplace", "id", "pipeline", "currency"])
def test_only_settings_are_changed(market: Market, name: str) -> None:
    values: dict[str, Any] = {name: 1}
    with pytest.raises(KeyError, match=name):
        change(market, **values)


def test_a_stranger_changes_nothing_here(market: Market, south: Market) -> None:
    with refused(Missing):
        operations.change_settings(
            marketplace=market.marketplace, values={"auto_apply": False}, actor=south.actor(), now=NOW
        )
    assert change(south, auto_apply=False).marketplace == south.marketplace


# --- prefixes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["invoice_prefix", "memo_prefix"])
@pytest.mark.parametrize("prefix", ["CM 26-", "CM_", "{yyyy}", "x" * 21, "\u00dc-"])
def test_other_characters_and_variables_are_refused(market: Market, field: str, prefix: str) -> None:
    values: dict[str, Any] = {field: prefix}
    with refused(PrefixCharacters, field=field):
        change(market, **values)


@pytest.mark.parametrize(
    "prefixes", [("N-", "N-"), ("{MM}-", "{DD}-"), ("NORTH-", "{MERCHANT}-"), ("A", "A1"), ("", "1")]
)
def test_prefixes_that_could_meet_are_refused(market: Market, prefixes: tuple[str, str]) -> None:
    with refused(PatternsCollide, field="memo_prefix"):
        change(market, invoice_prefix=prefixes[0], memo_prefix=prefixes[1])


def test_they_may_be_the_same_in_a_shared_series(market: Market) -> None:
    settings = change(market, invoice_prefix="N-", memo_prefix="N-", shared_numbers=True)
    assert (settings.invoice_prefix, settings.memo_prefix) == ("N-", "N-")
    with refused(PatternsCollide, field="memo_prefix"):
        change(market, memo_prefix="N-1")
    with refused(PatternsCollide, field="memo_prefix"):
        change(market, shared_numbers=False)


def test_every_merchants_code_is_tried(market: Market) -> None:
    change(market, invoice_prefix="{MERCHANT}-", memo_prefix="RES-")
    MerchantFactory.create(company=market.reseller, code="RES")
    with refused(PatternsCollide, field="memo_prefix"):
        change(market, invoice_prefix="{MERCHANT}/", memo_prefix="RES/")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"invoice_prefix": "INV-"}, "invoice_prefix"), ({"memo_prefix": "CM-{MM}-"}, "memo_prefix")],
)
def test_a_yearly_reset_needs_the_year_in_both(market: Market, values: dict[str, Any], field: str) -> None:
    with refused(ResetNeedsYear, field=field) as caught:
        change(market, yearly_reset=True, **values)
    assert caught.value.message == "Numbers that restart each year need {YYYY} or {YY} in both prefixes."
    change(market, yearly_reset=True, invoice_prefix="I{YY}-", memo_prefix="C{YYYY}-")
    with refused(ResetNeedsYear, field=field):
        change(market, **values)


# --- numbers that exist already ---------------------------------------------------------------------------------------


def test_separate_then_shared_then_separate_needs_other_prefixes(market: Market) -> None:
    assert numbers(market, *"iim") == ["INV-2026-00001", "INV-2026-00002", "CM-2026-00001"]
    change(market, shared_numbers=True)
    assert numbers(market, *"mi") == ["CM-2026-00003", "INV-2026-00004"]
    with refused(NumberExists, field="invoice_prefix") as caught:
        change(market, shared_numbers=False)
    assert caught.value.message == "INV-2026-00004 would be used twice: choose another prefix."
    with refused(NumberExists, field="memo_prefix"):
        change(market, shared_numbers=False, invoice_prefix="I-")
    change(market, shared_numbers=False, invoice_prefix="I-", memo_prefix="C-")
    assert numbers(market, *"imim") == ["I-00003", "C-00002", "I-00004", "C-00003"]


def test_with_the_year_in_it_the_prefix_may_stay_from_the_next_year_on(market: Market) -> None:
    numbers(market, *"iim")
    change(market, shared_numbers=True)
    numbers(market, *"mi")
    change(market, shared_numbers=False, now=NEW_YEAR)
    assert numbers(market, *"im", now=NEW_YEAR) == ["INV-2027-00003", "CM-2027-00002"]


def test_shared_from_the_start_may_be_separated(market: Market) -> None:
    change(market, shared_numbers=True)
    numbers(market, *"imi")
    change(market, shared_numbers=False)
    assert numbers(market, *"im") == ["INV-2026-00004", "CM-2026-00004"]


def test_going_back_to_an_old_prefix_is_fine_while_the_series_goes_on(market: Market) -> None:
    numbers(market, *"mm")
    change(market, memo_prefix="C-")
    numbers(market, "m")
    change(market, memo_prefix="CM-{YYYY}-")
    assert numbers(market, "m") == ["CM-2026-00004"]


def test_switching_the_reset_off_in_its_first_year_would_repeat_and_later_not(market: Market) -> None:
    numbers(market, "m")
    change(market, yearly_reset=True)
    assert numbers(market, *"mm") == ["CM-2026-00002", "CM-2026-00003"]
    with refused(NumberExists, field="memo_prefix") as caught:
        change(market, yearly_reset=False)
    assert caught.value.message == "CM-2026-00002 would be used twice: choose another prefix."
    change(market, yearly_reset=False, now=NEW_YEAR)
    assert numbers(market, "m", now=NEW_YEAR) == ["CM-2027-00002"]


def test_a_number_that_another_prefix_made_is_found(market: Market) -> None:
    change(market, memo_prefix="CM1")
    numbers(market, *"mm")  # CM100001 and CM100002.
    with refused(NumberExists, field="memo_prefix") as caught:
        change(market, memo_prefix="CM")
    assert caught.value.message == "CM100001 would be used twice: choose another prefix."


def test_the_numbers_of_every_merchant_are_asked(market: Market) -> None:
    account = account_for(payer=market.client, merchant=MerchantFactory.create(company=market.reseller, code="RES"))

    def resold(number: str) -> None:
        invoice = invoice_operations.issue(
            account=account, charges=(charge(),), actor=market.actor(), now=NOW, key=key()
        )
        assert invoice.number == number

    resold("INV-2026-00001")
    change(market, shared_numbers=True)
    resold("INV-2026-00002")
    with refused(NumberExists, field="invoice_prefix") as caught:
        change(market, shared_numbers=False)
    assert caught.value.message == "INV-2026-00002 would be used twice: choose another prefix."


def test_another_marketplaces_numbers_do_not_matter(market: Market, south: Market) -> None:
    change(south, memo_prefix="X1")
    numbers(south, "m")
    assert change(market, memo_prefix="X").memo_prefix == "X"


# --- the preview ------------------------------------------------------------------------------------------------------


def test_the_preview_says_what_every_merchant_would_number_next(market: Market) -> None:
    MerchantFactory.create(company=market.reseller, code="RES")
    numbers(market, *"iim")
    settings = MarketplaceSettings.objects.get(marketplace=market.marketplace)
    settings.invoice_prefix, settings.memo_prefix = "{MERCHANT}-", "C{YY}{MM}-"

    def preview() -> list[str]:
        return [each.number for each in next_numbers(settings, today=TODAY)]

    assert preview() == ["NORTH-00003", "C2605-00002", "RES-00001", "C2605-00001"]
    settings.shared_numbers = True
    assert preview() == ["NORTH-00003", "C2605-00003", "RES-00001", "C2605-00001"]
    stored = MarketplaceSettings.objects.get(marketplace=market.marketplace)
    assert (stored.invoice_prefix, stored.shared_numbers) == ("INV-{YYYY}-", False)


def test_the_preview_knows_that_dates_do_not_decrease(market: Market) -> None:
    numbers(market, "m", now=NOW + timedelta(days=20))
    settings = MarketplaceSettings.objects.get(marketplace=market.marketplace)
    settings.memo_prefix = "{MM}{DD}-"
    [_invoice, memo] = next_numbers(settings, today=TODAY)
    assert (memo.number, memo.on) == ("0607-00002", date(2026, 6, 7))
