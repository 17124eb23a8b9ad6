"""Change a merchant's bank details: two people, a row for each version, and nothing before the second one agrees."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from companies import operations
from companies.domain.refusals import (
    AlreadyAsked,
    BankDetailsUnchanged,
    ChangedSince,
    MakerIsChecker,
    NotADecider,
    NotWaiting,
    OwnCompany,
)
from companies.models import MerchantBankDetails
from companies.operations.bank_details import check_agreed, foresee
from companies.queries.bank_details import bank_details_now, current_details, history_of
from companies.queries.people import deciders
from core.errors import InvalidInput, Missing, guard_name
from core.models import Approval, AuditEntry
from tests.factories.bank import DETAILS, IBAN, LOCAL, ask_for_details, give_details
from tests.factories.companies import MembershipFactory, MerchantFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.damage import run
from tests.support.verbs import listening, noted, published, refused

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def approve(market: Market, asked: Approval, role: str = "finance", **more: Any) -> MerchantBankDetails:
    row: MerchantBankDetails = operations.approve(approval=asked, actor=market.actor(role), **{"now": NOW, **more})
    return row


def test_nothing_changes_before_a_second_person_agrees(market: Market) -> None:
    asked = ask_for_details(market)
    assert (asked.kind, asked.verb, asked.object_id, asked.company) == (
        "merchantofrecord", "change_bank_details", market.merchant.pk, market.operator
    )  # fmt: skip
    assert asked.snapshot == {"version": 0, "values": {}}
    assert bank_details_now(market.merchant.pk) is None
    assert noted("request.change_bank_details_requested").actor == market.user("manager")


def test_a_second_person_makes_it_the_merchants(market: Market) -> None:
    asked = ask_for_details(market)
    with listening():
        row = approve(market, asked, now=LATER)
    assert (row.version, row.since, row.approval, row.details) == (1, LATER, asked, DETAILS)
    assert row.marketplace == market.marketplace
    assert bank_details_now(market.merchant.pk) == DETAILS
    assert published("merchant.bank_details_changed") == [{"bank_details_id": row.pk}]


def test_each_change_is_a_version_with_who_asked_and_agreed(market: Market) -> None:
    give_details(market)
    give_details(market, LOCAL, now=LATER, role="second_manager")
    found = history_of(market.merchant.pk)
    assert [(row.version, row.details, row.asked_by, row.agreed_by) for row in found] == [  # type: ignore[attr-defined]
        (2, LOCAL, "Second Manager North", "Finance North"), (1, DETAILS, "Manager North", "Finance North")
    ]  # fmt: skip
    assert bank_details_now(market.merchant.pk) == LOCAL


def test_the_log_says_before_and_after_without_the_account(market: Market) -> None:
    """Support reads the log, but not the settings."""
    give_details(market)
    give_details(market, LOCAL, now=LATER)
    first, second = AuditEntry.objects.filter(verb="merchant.bank_details_changed").order_by("pk")
    told = {
        "version": 1, "holder": "Operator north GmbH", "account_ending": "3000", "routing_code": "",
        "bic": "COBADEFFXXX", "bank_name": "Commerzbank", "instructions": "",
    }  # fmt: skip
    assert (first.before, first.after) == ({}, told)
    assert second.before == told
    assert second.after == {
        "version": 2, "holder": "Operator north Inc.", "account_ending": "5678", "routing_code": "021000021",
        "bic": "CHASUS33", "bank_name": "Chase", "instructions": "Wire in EUR, charges to you.",
    }  # fmt: skip
    assert (second.object_id, second.company, second.actor) == (
        market.merchant.pk, market.operator, market.user("finance")
    )  # fmt: skip


def test_whoever_asks_never_decides(market: Market) -> None:
    asked = ask_for_details(market)
    with refused(MakerIsChecker):
        approve(market, asked, "manager")
    with refused(NotADecider):
        approve(market, asked, "support")
    assert deciders(market.marketplace.pk, "companies.change_bank_details", now=NOW) == {
        market.user(name).pk for name in ("manager", "second_manager", "finance")
    }


def test_a_rejected_or_withdrawn_request_changes_nothing(market: Market) -> None:
    operations.reject(approval=ask_for_details(market), reason="Call me", actor=market.actor("finance"), now=NOW)
    operations.withdraw(approval=ask_for_details(market), actor=market.actor(), now=NOW)
    assert not MerchantBankDetails.objects.exists()


def test_one_request_at_a_time_decided_once(market: Market) -> None:
    asked = ask_for_details(market)
    with refused(AlreadyAsked):
        ask_for_details(market, LOCAL, role="finance")
    approve(market, asked)
    with refused(NotWaiting):
        approve(market, asked)


def test_a_change_that_changes_nothing_is_refused(market: Market) -> None:
    give_details(market)
    with refused(BankDetailsUnchanged) as caught:
        ask_for_details(market, iban="DE89 3704 0044 0532 0130 00")
    assert caught.value.message == "Nothing to change: Operator north already has these bank details."


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"holder": ""}, "holder"), ({"iban": "DE89370400440532013001"}, "iban"), ({"bic": "COBA"}, "bic")],
)
def test_bad_details_are_refused_beside_their_field(market: Market, changes: dict[str, Any], field: str) -> None:
    with refused(InvalidInput, field=field):
        ask_for_details(market, **changes)


def test_a_stranger_finds_no_merchant(market: Market) -> None:
    south = make_market("south")
    with refused(Missing):
        operations.change_bank_details(merchant=market.merchant, details=DETAILS, actor=south.actor("finance"), now=NOW)
    asked = ask_for_details(market)
    with refused(Missing):
        approve(south, asked)


def test_each_merchant_has_its_own(market: Market) -> None:
    other = MerchantFactory.create(company=market.reseller)
    give_details(market, LOCAL, merchant=other)
    give_details(market)
    found = current_details([market.merchant.pk, other.pk])
    assert {pk: row.details for pk, row in found.items()} == {market.merchant.pk: DETAILS, other.pk: LOCAL}


def test_nobody_says_where_money_of_their_own_company_goes(market: Market) -> None:
    """I18: neither who asks nor who agrees belongs to the reseller that is paid."""
    other = MerchantFactory.create(company=market.reseller)
    own = MembershipFactory.create(user=market.user("finance"), company=market.reseller, roles=["reseller"])
    with refused(OwnCompany, field="company"):
        ask_for_details(market, merchant=other, role="finance")
    asked = ask_for_details(market, merchant=other)
    assert isinstance(foresee(asked, market.actor("finance"), NOW), OwnCompany)
    with refused(OwnCompany, field="company"):
        approve(market, asked)
    own.is_active = False
    own.save()
    assert approve(market, asked).version == 1


def test_details_that_changed_since_are_not_agreed_to(market: Market) -> None:
    asked = ask_for_details(market, LOCAL)
    earlier = Approval.objects.create(
        marketplace=market.marketplace, verb="change_bank_details", kind="merchantofrecord",
        object_id=market.merchant.pk, subject="earlier", requested_by=market.user("manager"), requested_at=NOW,
        decided_by=market.user("finance"), decided_at=NOW, decision="approved",
    )  # fmt: skip
    MerchantBankDetails.objects.create(
        marketplace=market.marketplace, merchant=market.merchant, version=1, holder="Else", iban=IBAN,
        approval=earlier, since=NOW,
    )  # fmt: skip
    with pytest.raises(ChangedSince):
        check_agreed(asked, actor=market.actor("finance"))
    with refused(ChangedSince):
        approve(market, asked)


# --- what the database holds --------------------------------------------------------------------------------------------


def refused_by(statement: str) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run(statement)
    return guard_name(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE companies_merchantbankdetails SET iban = 'GB82WEST12345698765432'",
        "DELETE FROM companies_merchantbankdetails",
    ],
)
def test_a_version_is_never_changed(market: Market, statement: str) -> None:
    give_details(market)
    assert refused_by(statement) == "i13_append_only"


def insert(market: Market, asked: Approval, **changes: object) -> str:
    values: dict[str, object] = {
        "marketplace": market.marketplace, "merchant": market.merchant, "version": 1, "holder": "Else", "iban": IBAN,
        "approval": asked, "since": NOW, **changes,
    }  # fmt: skip
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        MerchantBankDetails.objects.create(**values)
    return guard_name(caught.value)


def test_no_version_without_a_second_person(market: Market) -> None:
    """Also past the operation: the row wants an approved request about this merchant."""
    other = MerchantFactory.create(company=market.reseller)
    asked = ask_for_details(market, LOCAL)
    assert insert(market, asked) == "i19_bank_details_agreed"
    approve(market, asked)
    last = Approval.objects.create(
        marketplace=market.marketplace, verb="change_bank_details", kind="merchantofrecord",
        object_id=market.merchant.pk, requested_by=market.user("manager"), requested_at=NOW,
        decided_by=market.user("finance"), decided_at=NOW, decision="approved",
    )  # fmt: skip
    assert insert(market, last, merchant=other) == "i19_bank_details_agreed"
    assert insert(market, last, version=3) == "i13_bank_details_in_order"
    assert insert(market, last, version=2, account_number="1", routing_code="1") == "bank_details_one_account"
    assert insert(market, last, version=2, holder="") == "bank_details_one_account"
