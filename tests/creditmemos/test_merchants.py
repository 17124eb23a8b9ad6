"""Make a reseller a merchant of record, and change a merchant's code."""

import pytest

from companies.domain.refusals import OwnCompany
from companies.domain.roles import PERMISSIONS
from companies.models import Company, MarketplaceSettings, MerchantOfRecord
from core.errors import InvalidInput, Missing, Refusal
from creditmemos.operations import merchants
from documents.models import NumberSeries
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_invoice, make_market
from tests.support.verbs import noted, refused


def make(market: Market, code: str = "res", company: Company | None = None) -> MerchantOfRecord:
    return merchants.make_merchant(company=company or market.reseller, code=code, actor=market.actor(), now=NOW)


def test_a_reseller_becomes_a_merchant_and_numbers_by_itself(market: Market) -> None:
    merchant = make(market)
    assert (merchant.code, merchant.company, merchant.closed_through) == ("RES", market.reseller, None)
    assert noted("merchant.made").after == {"code": "RES"}
    changed = merchants.change_code(merchant=merchant, code="RS-2", actor=market.actor(), now=NOW)
    assert changed.code == "RS-2"
    assert noted("merchant.code_changed").before == {"code": "RES"}


@pytest.mark.parametrize("code", ["", "-A", "A B", "ÄB", "ABCDEFGHIJK", "A\x00"])
def test_a_code_is_of_letters_and_digits(market: Market, code: str) -> None:
    with refused(InvalidInput, field="code"):
        make(market, code)


def test_a_code_names_one_merchant_and_makes_no_number_twice(market: Market) -> None:
    with refused(merchants.CodeTaken, field="code"):
        make(market, market.merchant.code.lower())
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(
        invoice_prefix="{MERCHANT}-", memo_prefix="CM-"
    )
    with refused(InvalidInput, field="code"):
        make(market, "CM")


def test_only_an_active_reseller_that_is_none_yet(market: Market) -> None:
    for company in (market.acme, market.vendor):
        with refused(merchants.NotASeller):
            make(market, company=company)
    make(market)
    with refused(merchants.MerchantAlready):
        make(market, "OTHER")


def test_a_code_that_documents_bear_stays(market: Market) -> None:
    issue_invoice(market)
    assert NumberSeries.objects.filter(merchant=market.merchant).exists()
    with refused(merchants.CodeInNumbers):
        merchants.change_code(merchant=market.merchant, code="NEW", actor=market.actor(), now=NOW)
    assert not merchants.may_change_code(market.merchant)


@pytest.mark.parametrize("verb", ["make", "change"])
def test_a_stranger_finds_nothing(market: Market, verb: str) -> None:
    south = make_market("south")
    kind: type[Refusal] = Missing
    with refused(kind):
        if verb == "make":
            make(south, company=market.reseller)
        else:
            merchants.change_code(merchant=market.merchant, code="NEW", actor=south.actor(), now=NOW)


def test_nobody_lets_their_own_company_sell(market: Market) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.reseller, roles=["reseller"])
    with refused(OwnCompany, field="company"):
        make(market)
    assert merchants.PERMISSION in PERMISSIONS
