"""Issue a memo of one's own lines: figures, journal, guards, the second person."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from companies.domain.refusals import OwnCompany, ReasonMissing
from companies.models import MarketplaceSettings
from core.actors import pipeline
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details
from creditmemos.domain.refusals import PipelineV1
from creditmemos.models import CreditMemo
from invoices.domain.charging import Charge, TaxRate
from tests.factories.companies import CompanyFactory, MembershipFactory
from tests.factories.world import NOW, TODAY, VAT, Market, charge, issue_memo, key, make_market
from tests.support.verbs import noted, posted, published, refused, set_threshold

GOODWILL = (
    charge("25.00", quantity="2", description="Two days down"),
    charge("9.99", quantity="3", taxes=(), description="Setup fees"),
)


def issue(
    market: Market, charges: tuple[Charge, ...] = GOODWILL, *, person: str = "manager", **changes: object
) -> CreditMemo:
    details = {"reason_id": market.reason().pk, "use": "hold"}
    details |= {name: changes.pop(name) for name in list(changes) if name in Details.__dataclass_fields__}
    arguments = {
        "account": market.account(), "beneficiary": market.acme, "charges": charges, "actor": market.actor(person),
        "now": NOW, "key": key(), **changes,
    }  # fmt: skip
    return operations.issue_ad_hoc(details=Details(**details), **arguments)  # type: ignore[arg-type]


def test_lines_become_a_numbered_memo(market: Market) -> None:
    memo = issue(
        market, reason_note=" Outage on the 3rd ", internal_note="Ticket 812", customer_note="Sorry.",
        billed_user=market.user("user"),
    )  # fmt: skip
    memo.refresh_from_db()

    assert (memo.number, memo.sequence, memo.status, memo.source) == ("CM-2026-00001", 1, "unapplied", "ad_hoc")
    assert (memo.net, memo.tax, memo.total, memo.balance) == (7997, 1000, 8997, 8997)
    assert (memo.applied, memo.written_off, memo.paid_out, memo.payout_pending) == (0, 0, 0, 0)
    assert (memo.issue_date, memo.document_date, memo.effective_date, memo.issued_at) == (TODAY, TODAY, TODAY, NOW)
    assert (memo.payer, memo.beneficiary, memo.billed_user) == (market.acme, market.acme, market.user("user"))
    assert (memo.reason_note, memo.internal_note, memo.customer_note) == ("Outage on the 3rd", "Ticket 812", "Sorry.")
    assert (memo.on_hold, memo.created_by, memo.acting_company) == (True, market.user("manager"), market.operator)
    lines = [(line.position, line.description, line.net, line.tax, line.by) for line in memo.lines.all()]
    assert lines == [(1, "Two days down", 5000, 1000, "amount"), (2, "Setup fees", 2997, 0, "amount")]
    [tax] = memo.lines.all()[0].taxes.all()
    assert (tax.name, tax.rate, tax.base, tax.amount) == ("VAT", Decimal("0.2"), 5000, 1000)


def test_it_is_posted_noted_and_published_once(market: Market) -> None:
    memo = issue(market)
    assert posted("creditmemo.issue") == [[("credit_given", 7997), ("tax_payable", 1000), ("customer_credit", -8997)]]
    entry = noted("credit_memo.issued")
    assert (entry.kind, entry.object_id, entry.company, entry.actor) == (
        "credit_memo", memo.pk, market.acme, market.user("manager")
    )  # fmt: skip
    assert entry.after == {"total": 8997, "currency": "EUR", "source": "ad_hoc"}
    assert published("credit_memo.issued") == [{"memo_id": memo.pk, "account_id": market.account().pk}]


def test_parties_are_frozen_as_they_were(market: Market) -> None:
    memo = issue(market)
    market.acme.name, market.acme.city = "Acme Holding", "Bonn"
    market.acme.save()
    memo.refresh_from_db()
    assert (memo.payer_name, memo.frozen["payer"]["name"], memo.frozen["payer"]["city"]) == (
        "Acme north", "Acme north", "Berlin"
    )  # fmt: skip


def test_a_repeat_gives_the_same_memo(market: Market) -> None:
    first = issue(market, key="once")
    assert issue(market, key="once", now=NOW + timedelta(minutes=1)) == first
    assert CreditMemo.objects.count() == 1
    assert len(posted("creditmemo.issue")) == 1


def test_the_same_key_for_something_else_is_refused(market: Market) -> None:
    issue(market, key="once")
    for other in (
        {"charges": GOODWILL[:1]}, {"customer_note": "Other words"}, {"billed_user": market.user("user")},
        {"account": market.account(market.birch), "beneficiary": market.birch},
    ):  # fmt: skip
        with refused(DuplicateRequest):
            issue(market, key="once", **other)


def test_a_key_belongs_to_one_person(market: Market) -> None:
    assert issue(market, key="once") != issue(market, key="once", person="finance")


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax"),
    [("JPY", "333.5", 1001, 200), ("EUR", "3.335", 1001, 200), ("KWD", "0.3335", 1001, 200), ("EUR", "0.01", 3, 1)],
)
def test_rounding_is_half_up_at_the_line_in_every_currency(
    db: None, currency: str, price: str, net: int, tax: int
) -> None:
    market = make_market(currency=currency)
    memo = issue(market, (charge(price, quantity="3"),))
    assert (memo.currency, memo.net, memo.tax, memo.total) == (currency, net, tax, net + tax)


def test_several_taxes_are_posted_each(market: Market) -> None:
    city = TaxRate("City tax", Decimal("0.055"))
    issue(market, (charge("10.00", taxes=(VAT, city)), charge("0.10", taxes=(city,))))
    assert posted("creditmemo.issue") == [
        [("credit_given", 1010), ("tax_payable", 200), ("tax_payable", 56), ("customer_credit", -1266)]
    ]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"price": "0"}, "more than zero"),
        ({"price": "0.004"}, "more than zero"),
        ({"price": "10.00", "discount": 1000}, "more than zero"),
        ({"quantity": "0"}, "a quantity above 0"),
        ({"quantity": "-1"}, "a quantity with at most"),
        ({"quantity": "0.0000001"}, "a quantity with at most"),
        ({"quantity": "1000000000000"}, "a quantity with at most"),
        ({"quantity": "NaN"}, "a quantity with at most"),
        ({"description": " "}, "This field is required."),
        ({"description": "x" * 301}, "at most 300 characters (it has 301)"),
        ({"price": "-5"}, "a price with at most"),
        ({"price": "0.000000001"}, "a price with at most"),
        ({"price": "Infinity"}, "a price with at most"),
        ({"price": "999999999999", "quantity": "10"}, "too large"),
        ({"discount": -1}, "too large"),
        ({"taxes": (TaxRate("VAT", Decimal("-0.2")),)}, "a tax rate"),
        ({"taxes": (TaxRate("VAT", Decimal(20)),)}, "a tax rate"),
        ({"taxes": (TaxRate("VAT", Decimal("0.2")), TaxRate("VAT", Decimal("0.1")))}, "each tax of a line once"),
    ],
)
def test_a_line_that_is_nothing_or_can_not_be_stored_is_refused(
    market: Market, wrong: dict[str, object], text: str
) -> None:
    good = charge("1.00")
    with refused(InvalidInput, field="line-2") as caught:
        issue(market, (good, charge(**wrong)))  # type: ignore[arg-type]
    assert text in caught.value.message


def test_a_memo_without_lines_is_refused(market: Market) -> None:
    with refused(InvalidInput, field="lines"):
        issue(market, ())


@pytest.mark.parametrize("use", ["apply_now", "later"])
def test_there_is_no_invoice_to_apply_it_to(market: Market, use: str) -> None:
    with refused(InvalidInput, field="use"):
        issue(market, use=use)


def test_a_reason_is_required_and_is_one_of_this_marketplaces(market: Market, south: Market) -> None:
    gone = market.reason("old")
    gone.is_active = False
    gone.save()
    for reason_id in (None, gone.pk, south.reason().pk, 987654):
        with refused(ReasonMissing, field="reason"):
            issue(market, reason_id=reason_id)


def test_a_reason_may_ask_for_a_note(market: Market) -> None:
    other = market.reason("other")
    other.note_required = True
    other.save()
    with refused(ReasonMissing, field="reason_note"):
        issue(market, reason_id=other.pk, reason_note="  ")
    assert issue(market, reason_id=other.pk, reason_note="Agreed on the phone").number == "CM-2026-00001"


# --- days -------------------------------------------------------------------------------------------------------------


def test_an_earlier_effective_date_is_kept_beside_the_issue_date(market: Market) -> None:
    memo = issue(market, effective_date=date(2026, 5, 2))
    assert (memo.effective_date, memo.issue_date) == (date(2026, 5, 2), TODAY)


@pytest.mark.parametrize(("days", "fits"), [(365, True), (366, False)])
def test_the_effective_date_is_at_most_a_year_back(market: Market, days: int, fits: bool) -> None:
    day = TODAY - timedelta(days=days)
    if fits:
        assert issue(market, effective_date=day).effective_date == day
        return
    with refused(InvalidInput, field="effective_date") as caught:
        issue(market, effective_date=day)
    assert "more than 365 days in the past" in caught.value.message
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize(
    ("setting", "days", "words"),
    [
        (0, 0, ""),
        (0, 1, "more than 0 days in the past, before 2026-05-18"),
        (1, 2, "more than 1 day in the past, before 2026-05-17"),
        (3650, 3650, ""),
        (3650, 3651, "more than 3650 days in the past, before 2016-05-20"),
    ],
)
def test_the_marketplace_sets_how_far_back(market: Market, setting: int, days: int, words: str) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(effective_days_back=setting)
    market.marketplace.refresh_from_db()
    day = TODAY - timedelta(days=days)
    if not words:
        assert issue(market, effective_date=day).effective_date == day
        return
    with refused(InvalidInput, field="effective_date") as caught:
        issue(market, effective_date=day)
    assert words in caught.value.message
    assert not CreditMemo.objects.exists()


def test_the_effective_date_is_not_before_the_accounts_first_posting(market: Market) -> None:
    first = issue_memo(market)
    assert first.issue_date == TODAY
    with refused(InvalidInput, field="effective_date") as caught:
        issue(market, effective_date=TODAY - timedelta(days=1))
    assert f"first posting, {TODAY}" in caught.value.message
    assert issue(market, effective_date=TODAY).is_issued


def test_the_effective_date_is_not_after_today_where_the_marketplace_is(market: Market) -> None:
    with refused(InvalidInput, field="effective_date"):
        issue(market, effective_date=TODAY + timedelta(days=1))
    late = datetime(2026, 5, 18, 22, 30, tzinfo=UTC)  # Half past midnight in Berlin.
    memo = issue(market, effective_date=date(2026, 5, 19), now=late)
    assert (memo.issue_date, memo.effective_date) == (date(2026, 5, 19), date(2026, 5, 19))


def test_the_effective_date_is_not_in_a_closed_period(market: Market) -> None:
    market.merchant.closed_through = date(2026, 4, 30)
    market.merchant.save()
    with refused(InvalidInput, field="effective_date") as caught:
        issue(market, effective_date=date(2026, 4, 30))
    assert caught.value.message == "The period up to 2026-04-30 is closed."
    assert issue(market, effective_date=date(2026, 5, 1)).effective_date == date(2026, 5, 1)


# --- whose ------------------------------------------------------------------------------------------------------------


def test_the_reseller_gets_the_credit_of_its_customer(market: Market) -> None:
    memo = issue(market, account=market.account(market.client), beneficiary=market.client)
    assert (memo.payer, memo.payer_name, memo.beneficiary) == (market.reseller, "Reseller north", market.client)


def test_another_company_does_not_pay_for_this_one(market: Market, south: Market) -> None:
    for company in (market.birch, market.client, south.acme):
        with refused(InvalidInput, field="company"):
            issue(market, beneficiary=company)


def test_the_billed_user_belongs_to_the_company(market: Market) -> None:
    for person in ("other_admin", "manager"):
        with refused(InvalidInput, field="billed_user"):
            issue(market, billed_user=market.user(person))


def test_a_stranger_finds_no_account(market: Market, south: Market) -> None:
    account = market.account()
    with refused(Missing):
        issue(south, account=account, beneficiary=market.acme)


@pytest.mark.parametrize("relation", ["itself", "parent", "child"])
def test_nobody_credits_their_own_company(market: Market, relation: str) -> None:
    holding = CompanyFactory.create(marketplace=market.marketplace, name="Acme Holding")
    shop = CompanyFactory.create(marketplace=market.marketplace, name="Acme Shop", parent=market.acme)
    market.acme.parent = None if relation == "child" else holding
    if relation != "child":
        shop.parent = None
        shop.save()
    market.acme.save()
    own = {"itself": market.acme, "parent": holding, "child": shop}[relation]
    membership = MembershipFactory.create(user=market.user("manager"), company=own, roles=["user"])
    with refused(OwnCompany, field="company") as caught:
        issue(market)
    assert caught.value.message == OwnCompany.text
    assert issue(market, person="finance").is_issued
    membership.is_active = False
    membership.save()
    assert issue(market).is_issued


def test_the_resellers_people_are_as_near_as_the_customers(market: Market) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.client, roles=["user"])
    MembershipFactory.create(user=market.user("finance"), company=market.reseller, roles=["reseller"])
    for person in ("manager", "finance"):
        with refused(OwnCompany, field="company"):
            issue(market, person=person, account=market.account(market.client), beneficiary=market.client)


def test_the_operators_own_company_is_nobodys_gift(market: Market) -> None:
    with refused(OwnCompany, field="company"):
        issue(market, account=market.account(market.operator), beneficiary=market.operator)


def test_a_sister_company_is_another_company(market: Market) -> None:
    holding = CompanyFactory.create(marketplace=market.marketplace, name="Holding")
    for company in (market.acme, market.birch):
        company.parent = holding
        company.save()
    MembershipFactory.create(user=market.user("manager"), company=market.birch, roles=["user"])
    assert issue(market).is_issued


def test_the_pipeline_needs_neither_reason_nor_second_person(market: Market) -> None:
    set_threshold(market, 0)
    memo = issue(market, actor=pipeline(market.marketplace.pk), reason_id=None)
    assert (memo.number, memo.created_by, memo.acting_company) == ("CM-2026-00001", None, None)


def test_a_v1_marketplace_has_no_memos(market: Market) -> None:
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    with refused(PipelineV1):
        issue(market)


# --- the second person ------------------------------------------------------------------------------------------------


def ask(market: Market, price: str, **changes: object) -> str:
    """Issue one line without tax; the status that it got."""
    return str(issue(market, (charge(price, taxes=()),), **changes).status)  # type: ignore[arg-type]


def test_above_the_threshold_a_second_person_is_asked(market: Market) -> None:
    set_threshold(market, 10000)
    memo = issue(market, (charge("83.34"),), reason_note="Agreed")  # 100.01 with its tax.
    memo.refresh_from_db()

    assert (memo.status, memo.number, memo.balance, memo.total) == ("awaiting_approval", None, 0, 10001)
    approval = Approval.objects.get()
    assert (approval.verb, approval.kind, approval.object_id, approval.company, approval.amount, approval.currency) == (
        "issue", "creditmemo", memo.pk, market.acme, 10001, "EUR"
    )  # fmt: skip
    assert (approval.requested_by, approval.requested_at, approval.decision, approval.request_reason) == (
        market.user("manager"), NOW, "waiting", "Agreed"
    )  # fmt: skip
    assert approval.snapshot == {"status": "awaiting_approval", "total": 10001, "balance": 0, "applied": 0}
    assert posted("creditmemo.issue") == []
    assert published("credit_memo.issued") == []
    assert noted("credit_memo.issue_requested").after == {"amount": 10001, "currency": "EUR"}


def test_a_repeat_of_a_request_asks_once(market: Market) -> None:
    set_threshold(market, 100)
    assert issue(market, key="once") == issue(market, key="once")
    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("threshold", "price", "status"),
    [(None, "9999.00", "unapplied"), (10000, "100.00", "unapplied"), (10000, "100.01", "awaiting_approval"),
     (0, "0.01", "awaiting_approval")],
)  # fmt: skip
def test_the_threshold_itself_needs_nobody(market: Market, threshold: int | None, price: str, status: str) -> None:
    set_threshold(market, threshold)
    assert ask(market, price) == status


def test_it_sums_what_one_person_gave_one_company_in_24_hours(market: Market) -> None:
    set_threshold(market, 10000)
    assert ask(market, "60.00") == "unapplied"
    assert ask(market, "40.01") == "awaiting_approval"
    assert ask(market, "40.00", person="finance") == "unapplied"
    assert ask(market, "40.01", account=market.account(market.birch), beneficiary=market.birch) == "unapplied"
    almost = NOW + timedelta(hours=24) - timedelta(seconds=1)
    assert ask(market, "40.01", now=almost) == "awaiting_approval"
    assert ask(market, "40.01", now=NOW + timedelta(hours=24)) == "unapplied"


def test_drafts_are_not_summed_but_voided_memos_are(market: Market) -> None:
    set_threshold(market, 10000)
    assert ask(market, "500.00") == "awaiting_approval"
    small = issue(market, (charge("60.00", taxes=()),))
    operations.void(memo=small, reason="Typed wrongly", actor=market.actor(), now=NOW)
    assert ask(market, "41.00") == "awaiting_approval"
    assert ask(market, "40.00") == "unapplied"


def test_what_a_second_person_approved_is_not_summed(market: Market) -> None:
    set_threshold(market, 10000)
    assert ask(market, "500.00") == "awaiting_approval"
    later = NOW + timedelta(hours=1)
    operations.approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=later)
    assert ask(market, "100.00", now=later) == "unapplied"
    assert ask(market, "0.01", now=later) == "awaiting_approval"


def test_a_customer_behind_a_reseller_counts_for_the_reseller(market: Market) -> None:
    set_threshold(market, 10000)
    whose = {"account": market.account(market.client)}
    assert ask(market, "60.00", beneficiary=market.client, **whose) == "unapplied"
    assert ask(market, "60.00", beneficiary=market.reseller, **whose) == "awaiting_approval"


# --- inside a larger transaction --------------------------------------------------------------------------------------


def test_a_refusal_leaves_the_callers_transaction_and_the_key_usable(market: Market) -> None:
    with transaction.atomic():
        with refused(ReasonMissing, field="reason"):
            issue(market, key="once", reason_id=None)
        memo = issue(market, key="once")
    assert (memo.number, CreditMemo.objects.count()) == ("CM-2026-00001", 1)


def test_a_refused_memo_takes_no_number(market: Market) -> None:
    issue_memo(market)
    with refused(InvalidInput, field="line-1"):
        issue(market, (charge("0"),))
    assert issue_memo(market).number == "CM-2026-00002"


def test_settings_of_the_other_marketplace_do_not_matter(market: Market, south: Market) -> None:
    set_threshold(south, 0)
    assert MarketplaceSettings.objects.get(marketplace=market.marketplace).approval_threshold is None
    assert issue(market).is_issued
