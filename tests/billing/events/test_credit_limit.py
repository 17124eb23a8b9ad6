"""Credit that somebody records by hand or sends in a file: above the approval limit a second person is asked."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.domain.event_values import Facts
from billing.domain.refusals import ImportGoesOn
from billing.models import BillingEvent, EventImport
from billing.operations import importing
from billing.operations.recording import record_event
from billing.operations.running import retry_events
from companies.domain.refusals import MakerIsChecker, OwnCompany
from companies.models import Company, MarketplaceSettings
from companies.operations import approve, reject, withdraw
from core.models import Approval, AuditEntry
from creditmemos.models import CreditMemo
from tests.factories.billing import bill, event, order, sells, tax, work
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, issue_memo, key
from tests.support.outbox import drain
from tests.support.verbs import refused

LATER = TODAY + timedelta(days=1)
Status = BillingEvent.Status


@pytest.fixture(autouse=True)
def limit(market: Market) -> None:
    """100.00."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=10_000)


def record(market: Market, kind: str = "correction", *, person: str = "manager", **facts: object) -> BillingEvent:
    told: dict[str, Any] = {"kind": kind, "key": key(), "day": TODAY, "company": market.acme, **facts}
    if kind == "correction" and "source_key" not in told:
        told.setdefault("product", sells(market, "Setup"))
    return record_event(facts=Facts(**told), origin="form", actor=market.actor(person), now=NOW)


def asked() -> Approval:
    return Approval.objects.get(decision="waiting")


def statuses() -> dict[str, str]:
    return dict(BillingEvent.objects.exclude(kind="order").values_list("key", "status"))


@pytest.mark.parametrize(("amount", "status"), [(-10_000, "pending"), (-10_001, "asked"), (999_999, "pending")])
def test_a_correction_above_the_limit_waits(market: Market, amount: int, status: str) -> None:
    assert record(market, amount=amount).status == status
    bill(market, TODAY)
    assert CreditMemo.objects.count() == (amount == -10_000)
    assert Approval.objects.count() == (status == "asked")


def test_the_limit_is_with_tax_where_the_charge_is_known(market: Market) -> None:
    tax(market)
    placed = order(market, "500.00", TODAY)
    bill(market, TODAY)
    fits = record(market, "refund", amount=8_333, source_key=placed.key)  # 99.996 with tax
    assert (fits.status, fits.credit) == ("pending", 10_000)
    other = record(market, "refund", person="finance", amount=8_334, source_key=placed.key)
    assert (other.status, other.credit) == ("asked", 10_001)
    whole = record(market, "refund", person="finance", source_key=placed.key)
    assert (whole.status, whole.credit) == ("asked", 60_000)


def test_pieces_are_counted_at_their_price(market: Market) -> None:
    dear = record(market, quantity=Decimal(-3), price=Decimal("33.34"))
    assert (dear.status, dear.credit) == ("asked", 10_002)
    assert record(market, person="finance", quantity=Decimal(-3), price=Decimal("33.33")).status == "pending"
    placed = order(market, "40.00", TODAY, quantity="5")
    bill(market, TODAY)
    by_charge = record(market, person="second_manager", quantity=Decimal(-3), source_key=placed.key)
    assert (by_charge.status, by_charge.credit) == ("asked", 12_000)


def test_what_nobody_can_tell_yet_waits_under_any_limit(market: Market) -> None:
    placed = order(market, "1.00", TODAY)
    assert record(market, "refund", source_key=placed.key).status == "asked"
    assert asked().amount is None
    MarketplaceSettings.objects.update(approval_threshold=None)
    assert record(market, "refund", source_key=placed.key).status == "pending"


def test_events_and_memos_of_a_day_count_together(market: Market) -> None:
    issue_memo(market, "60.00")
    assert record(market, amount=-4_000).status == "pending"
    assert record(market, amount=-1).status == "asked"
    assert record(market, amount=-9_000, company=market.birch).status == "pending"
    assert record(market, amount=-9_000, person="finance").status == "pending"
    assert issue_memo(market, "0.01").status == "awaiting_approval"
    approve(approval=Approval.objects.get(kind="event"), actor=market.actor("finance"), now=NOW)
    assert record(market, amount=-1).status == "asked"


def test_an_approved_event_is_billed_and_tells_who_agreed(market: Market) -> None:
    row = record(market, amount=-50_000)
    request = asked()
    assert (request.amount, request.currency, request.company) == (50_000, "EUR", market.acme)
    with refused(MakerIsChecker):
        approve(approval=request, actor=market.actor(), now=NOW)
    approve(approval=request, actor=market.actor("finance"), now=NOW)
    row.refresh_from_db()
    assert (row.status, row.approved_by) == ("pending", market.user("finance"))
    assert AuditEntry.objects.filter(verb="request.approved", object_id=row.pk).exists()
    bill(market, TODAY)
    assert CreditMemo.objects.get().total == 50_000


@pytest.mark.parametrize("ending", ["rejected", "withdrawn"])
def test_a_rejected_event_is_never_billed_and_says_why(market: Market, ending: str) -> None:
    row = record(market, amount=-50_000)
    if ending == "rejected":
        reject(approval=asked(), reason="Too much.", actor=market.actor("finance"), now=NOW)
    else:
        withdraw(approval=asked(), actor=market.actor(), now=NOW)
    row.refresh_from_db()
    assert (row.status, row.reason) == ("rejected", ending)
    bill(market, TODAY)
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize("person", ["manager", "finance"])
def test_neither_person_belongs_to_the_company_by_then(market: Market, person: str) -> None:
    record(market, amount=-50_000)
    MembershipFactory.create(user=market.user(person), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        approve(approval=asked(), actor=market.actor("finance"), now=NOW)


def send(market: Market, *amounts: tuple[Company, str]) -> EventImport:
    sells(market, "Setup")
    rows = [f"c{n},correction,{company.uuid},{TODAY},{amount},Setup" for n, (company, amount) in enumerate(amounts)]
    content = "\n".join(["key,kind,company,day,amount,product", *rows, ""]).encode()
    return importing.start_import(
        name="credit.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=NOW, key=key()
    )


def read() -> None:
    drain(NOW, topic="billing.import.turn")


def test_rows_of_a_file_wait_together_once_a_payer_is_above_the_limit(market: Market) -> None:
    acme, birch = market.acme, market.birch
    send(market, (acme, "-60.00"), (acme, "-50.00"), (acme, "-40.00"), (birch, "-100.01"), (birch, "500.00"))
    read()
    assert statuses() == {"c0": "pending", "c1": "asked", "c2": "pending", "c3": "asked", "c4": "pending"}
    request = asked()
    assert (request.kind, request.verb) == ("import", "bill_import")
    approve(approval=request, actor=market.actor("finance"), now=NOW)
    assert set(statuses().values()) == {"pending"}
    bill(market, TODAY)
    assert sum(CreditMemo.objects.filter(payer=acme).values_list("total", flat=True)) == 15_000


def test_a_rejected_file_ends_what_waits_of_it(market: Market) -> None:
    send(market, (market.acme, "-60.00"), (market.acme, "-50.00"))
    read()
    reject(approval=asked(), reason="No.", actor=market.actor("finance"), now=NOW)
    assert statuses() == {"c0": "pending", "c1": "rejected"}


def test_a_file_is_decided_when_it_is_read(market: Market) -> None:
    row = send(market, (market.acme, "-500.00"))
    read()
    EventImport.objects.filter(pk=row.pk).update(state="reading")
    with refused(ImportGoesOn):
        approve(approval=asked(), actor=market.actor("finance"), now=NOW)


def test_nobody_decides_about_a_file_with_their_own_company(market: Market) -> None:
    send(market, (market.birch, "-500.00"), (market.acme, "-500.00"))
    read()
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        approve(approval=asked(), actor=market.actor("finance"), now=NOW)
    approve(approval=asked(), actor=market.actor("second_manager"), now=NOW)


def test_a_run_asks_again_whose_it_is(market: Market) -> None:
    """Named before it was there: the order is another company's when the refund is recorded, and one's own later."""
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["company_admin"])
    MarketplaceSettings.objects.update(approval_threshold=None)
    row = record(market, "refund", company=market.birch, source_key="tomorrow")
    usual = record(market, amount=-100, company=market.birch)
    order(market, "90.00", TODAY, name="tomorrow", company=market.acme)
    BillingEvent.objects.filter(pk=row.pk).update(reason="")
    bill(market, LATER)
    bill(market, LATER)
    assert not CreditMemo.objects.filter(payer=market.acme).exists()
    usual.refresh_from_db()
    assert usual.status == "billed"


def test_who_joined_the_company_since_has_it_tried_again_by_somebody_else(market: Market) -> None:
    row = record(market, amount=-5_000)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["company_admin"])
    bill(market, TODAY)
    row.refresh_from_db()
    assert (row.status, row.reason) == ("failed", "own_company")
    with refused(OwnCompany):
        retry_events(event_ids=[row.pk], actor=market.actor(), now=NOW)
    retry_events(event_ids=[row.pk], actor=market.actor("support"), now=NOW)
    work(NOW)
    row.refresh_from_db()
    assert (row.status, row.retried_by) == ("billed", market.user("support"))


def test_relatives_of_the_operator_need_two_people_whatever_the_amount(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    MarketplaceSettings.objects.update(approval_threshold=None)
    row = record(market, "order", product=sells(market, "Setup"), quantity=Decimal(1), price=Decimal(5))
    send(market, (market.acme, "-1.00"), (market.birch, "-1.00"))
    read()
    assert statuses() == {"c0": "asked", "c1": "pending"}
    for request in Approval.objects.order_by("pk"):
        approve(approval=request, actor=market.actor("finance"), now=NOW)
    bill(market, TODAY)
    row.refresh_from_db()
    assert row.status == "billed"
    assert set(statuses().values()) == {"billed"}


def test_a_failed_run_of_another_makes_no_difference(market: Market) -> None:
    """What the pipeline or nobody recorded is billed whoever belongs where."""
    row = event(market, "correction", TODAY, amount=-100, product=sells(market, "Setup"))
    bill(market, TODAY)
    row.refresh_from_db()
    assert row.status == "billed"
