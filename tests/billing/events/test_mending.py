"""A wrong or failed event is edited and sent again, cancelled, or set aside; what it said, and why, stays."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing.domain.event_values import Facts
from billing.domain.refusals import ChangesOnSubscription, EventNotOpen, PartlyBilled, RunInProgress
from billing.models import BillingEvent, Charge
from billing.operations.cancelling import cancel_event
from billing.operations.recording import record_event
from billing.operations.replacing import next_key, replace_event
from billing.operations.running import retry_events, start_run
from billing.operations.setting_aside import bring_back, set_aside
from billing.queries.named import about
from companies.domain.refusals import OwnCompany, SecondPersonNeeded
from companies.models import Company, MarketplaceSettings
from companies.operations.approvals import approve, reject, withdraw
from core.errors import DuplicateRequest, InvalidInput, Missing, Refusal
from core.models import Approval, AuditEntry
from creditmemos.models import CreditMemo
from tests.factories.billing import bill, event, order, sells
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.verbs import noted, refused

pytestmark = pytest.mark.django_db


def failed(market: Market, **more: Any) -> BillingEvent:
    made = event(market, "correction", TODAY, amount=-500, source_key="nothing", **more)
    BillingEvent.objects.filter(pk=made.pk).update(status="failed", reason="no_source")
    return BillingEvent.objects.get(pk=made.pk)


def facts(market: Market, **more: Any) -> Facts:
    told: dict[str, Any] = {
        "kind": "correction", "key": key(), "company": market.acme, "day": TODAY, "amount": -500,
        "product": sells(market, "Setup"), **more,
    }  # fmt: skip
    return Facts(**told)


def fresh(row: BillingEvent) -> BillingEvent:
    return BillingEvent.objects.get(pk=row.pk)


Verb = Callable[[BillingEvent, Market, str], object]
VERBS: dict[str, tuple[Verb, set[str]]] = {
    "replace": (
        lambda row, market, who: replace_event(event=row, facts=facts(market), actor=market.actor(who), now=NOW),
        {"failed", "pending", "rejected"},
    ),
    "cancel": (
        lambda row, market, who: cancel_event(event=row, reason="A slip.", actor=market.actor(who), now=NOW),
        {"failed", "pending", "aside"},
    ),
    "set aside": (
        lambda row, market, who: set_aside(event=row, reason="Known.", actor=market.actor(who), now=NOW),
        {"failed"},
    ),
    "bring back": (lambda row, market, who: bring_back(event=row, actor=market.actor(who), now=NOW), {"aside"}),
}  # fmt: skip
each_verb = pytest.mark.parametrize("name", VERBS)


@each_verb
def test_the_status_decides_and_a_refused_event_stays(market: Market, south: Market, name: str) -> None:
    verb, fitting = VERBS[name]
    for status in BillingEvent.Status.values:
        row = failed(market)
        BillingEvent.objects.filter(pk=row.pk).update(status=status)
        if status in fitting:
            verb(row, market, "finance")
            assert fresh(row).status != status
        else:
            with refused(EventNotOpen):
                verb(row, market, "finance")
            assert (fresh(row).status, fresh(row).note) == (status, "")
    with refused(Missing):
        verb(failed(market), south, "finance")


@each_verb
def test_nobody_does_it_for_their_own_company(market: Market, name: str) -> None:
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    row = failed(market)
    BillingEvent.objects.filter(pk=row.pk).update(status="aside" if name == "bring back" else "failed")
    with refused(OwnCompany):
        VERBS[name][0](fresh(row), market, "finance")


@pytest.mark.parametrize("source", ["waits", "billed", "edited"])
def test_nor_where_the_charge_was_made_for_their_own_company(market: Market, source: str) -> None:
    """A correction that is told for the reseller, of what was ordered for its customer."""
    placed = order(market, "50.00", TODAY, name="o1", company=market.client, account=market.account(market.reseller))
    if source == "edited":
        told = facts(
            market,
            kind="order",
            amount=None,
            quantity=Decimal(1),
            price=Decimal(50),
            key="o1-r2",
            company=market.client,
        )
        placed = replace_event(event=placed, facts=told, actor=market.actor(), now=NOW)
    if source != "waits":
        bill(market, TODAY)
        assert fresh(placed).status == "billed"
    MembershipFactory.create(user=market.user("finance"), company=market.client, roles=["user"])
    row = event(market, "correction", TODAY, amount=-500, source_key="o1", company=market.reseller)
    for name, status in (("replace", "failed"), ("cancel", "failed"), ("set aside", "failed"), ("bring back", "aside")):
        BillingEvent.objects.filter(pk=row.pk).update(status=status, reason="no_source")
        with refused(OwnCompany):
            VERBS[name][0](fresh(row), market, "finance")
    BillingEvent.objects.filter(pk=row.pk).update(status="failed")
    with refused(OwnCompany):
        retry_events(event_ids=[row.pk], actor=market.actor("finance"), now=NOW)


def test_nobody_agrees_to_a_correction_of_what_was_charged_for_their_own_company(market: Market) -> None:
    MarketplaceSettings.objects.update(approval_threshold=1_00)
    order(market, "50.00", TODAY, name="o1", company=market.client, account=market.account(market.reseller))
    bill(market, TODAY)
    MembershipFactory.create(user=market.user("finance"), company=market.client, roles=["user"])
    told = facts(market, company=market.reseller, product=None, source_key="o1", amount=-20_00)
    row = record_event(facts=told, origin="form", actor=market.actor(), now=NOW)
    with refused(OwnCompany, field="company"):
        approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=NOW)
    assert fresh(row).status == "asked"


@pytest.mark.parametrize("answer", ["rejected", "withdrawn"])
def test_an_edit_that_is_not_agreed_to_leaves_what_was_there(market: Market, answer: str) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    placed, row = order(market, "50.00", TODAY), failed(market)
    cheap = facts(market, kind="order", amount=None, quantity=Decimal(1), price=Decimal("0.01"))
    edits = [
        replace_event(event=placed, facts=cheap, actor=market.actor(), now=NOW),
        replace_event(event=row, facts=facts(market), actor=market.actor(), now=NOW),
    ]
    assert {fresh(placed).status, fresh(row).status} == {"replaced"}
    for edit in edits:
        asked = Approval.objects.get(object_id=edit.pk)
        if answer == "rejected":
            reject(approval=asked, reason="No.", actor=market.actor("finance"), now=NOW)
        else:
            withdraw(approval=asked, actor=market.actor(), now=NOW)
    assert (fresh(placed).status, fresh(row).status, fresh(row).reason) == ("pending", "failed", "no_source")
    restored = AuditEntry.objects.filter(verb="event.restored").order_by("pk")
    assert [entry.after for entry in restored] == [{"status": "pending"}, {"status": "failed"}]
    with refused(EventNotOpen):
        replace_event(event=fresh(edits[0]), facts=facts(market), actor=market.actor(), now=NOW)
    assert replace_event(event=fresh(row), facts=facts(market), actor=market.actor(), now=NOW).status == "asked"
    bill(market, TODAY)
    assert Charge.objects.get().event == placed


def test_an_edited_event_is_a_new_one_that_is_billed(market: Market) -> None:
    row = failed(market)
    new = replace_event(event=row, facts=facts(market, amount=-700), actor=market.actor(), now=NOW)
    assert (fresh(row).status, fresh(row).reason, fresh(row).amount) == ("replaced", "no_source", -500)
    assert (new.status, new.amount, new.replaces, new.created_by) == ("pending", -700, row, market.user("manager"))
    assert noted("event.replaced").after == {"status": "replaced", "key": new.key}
    assert noted("event.recorded").after["replaces"] == row.key
    bill(market, TODAY)
    assert CreditMemo.objects.get().total == 700
    with refused(EventNotOpen):
        replace_event(event=row, facts=facts(market), actor=market.actor(), now=NOW)


def test_whoever_names_the_old_key_means_the_new_event(market: Market) -> None:
    placed = order(market, "500.00", TODAY, name="4711")
    once = facts(market, kind="order", amount=None, quantity=Decimal(1), price=Decimal(50), key="4711-r2")
    second = replace_event(event=placed, facts=once, actor=market.actor(), now=NOW)
    third = replace_event(
        event=second, facts=replace(once, key="4711-r3", price=Decimal(60)), actor=market.actor(), now=NOW
    )
    bill(market, TODAY)
    refund = event(market, "refund", TODAY, amount=1_000, source_key="4711")
    found = about(refund)
    assert found is not None
    assert (found.event, found.invoice) == (third, Charge.objects.get().invoice_line.invoice)
    bill(market, TODAY)
    assert fresh(refund).status == "billed"
    assert CreditMemo.objects.get().total == 1_000


def test_the_key_is_another_and_a_free_one_is_proposed(market: Market) -> None:
    row = failed(market, name="c1")
    for wrong, kind in (("c1", InvalidInput), (failed(market, name="c2").key, DuplicateRequest)):
        with refused(kind, field="key"):
            replace_event(event=row, facts=facts(market, key=wrong), actor=market.actor(), now=NOW)
    assert fresh(row).status == "failed"
    assert next_key(row) == "c1-r2"
    new = replace_event(event=row, facts=facts(market, key="c1-r2"), actor=market.actor(), now=NOW)
    assert next_key(new) == "c1-r3"


def test_a_correction_above_the_limit_waits_when_it_is_sent_again(market: Market) -> None:
    MarketplaceSettings.objects.update(approval_threshold=1_000)
    row = replace_event(event=failed(market), facts=facts(market, amount=-900), actor=market.actor(), now=NOW)
    again = replace_event(event=row, facts=facts(market, amount=-1_000), actor=market.actor(), now=NOW)
    assert again.status == "pending", "what was replaced counts no more"
    BillingEvent.objects.filter(pk=again.pk).update(status="failed", reason="no_source")
    above = replace_event(event=again, facts=facts(market, amount=-1_001), actor=market.actor(), now=NOW)
    assert (above.status, Approval.objects.get().object_id) == ("asked", above.pk)


def test_what_waits_for_a_run_is_left_alone_while_one_goes_on(market: Market) -> None:
    row = order(market, "10.00", TODAY)
    start_run(through=TODAY, actor=market.actor(), now=NOW, key=key())
    for name in ("replace", "cancel"):
        with refused(RunInProgress):
            VERBS[name][0](row, market, "finance")
    cancel_event(event=failed(market), reason="A slip.", actor=market.actor(), now=NOW)


def test_what_is_billed_in_part_is_corrected_instead(market: Market) -> None:
    row = order(market, "10.00", TODAY)
    bill(market, TODAY)
    for status, reason in (("pending", ""), ("failed", "no_source")):
        BillingEvent.objects.filter(pk=row.pk).update(status=status, reason=reason)
        for name in ("cancel", "replace"):
            with refused(PartlyBilled):
                VERBS[name][0](fresh(row), market, "finance")


def test_what_was_agreed_on_a_subscription_is_changed_there(market: Market) -> None:
    row = event(market, "upgrade", TODAY)
    for name in ("replace", "cancel"):
        with refused(ChangesOnSubscription):
            VERBS[name][0](row, market, "finance")


def test_a_cancelled_event_is_never_billed_and_says_why(market: Market) -> None:
    row = order(market, "10.00", TODAY)
    for wrong in (" ", "x" * 1001):
        with pytest.raises(Refusal):
            cancel_event(event=row, reason=wrong, actor=market.actor(), now=NOW)
    cancel_event(event=row, reason=" A slip. ", actor=market.actor(), now=NOW)
    assert (fresh(row).status, fresh(row).note) == ("cancelled", "A slip.")
    assert noted("event.cancelled").note == "A slip."
    bill(market, TODAY)
    assert not Charge.objects.exists()


def test_for_a_relative_of_the_operator_a_second_person_cancels(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    row = failed(market)
    with refused(SecondPersonNeeded) as needed:
        cancel_event(event=row, reason="A slip.", actor=market.actor(), now=NOW)
    assert needed.value.ask is not None
    needed.value.ask(market.actor(), NOW)
    approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=NOW)
    assert fresh(row).status == "cancelled"
    elsewhere = facts(market, company=market.birch)
    assert replace_event(event=failed(market), facts=elsewhere, actor=market.actor(), now=NOW).status == "asked"


def test_what_is_set_aside_comes_back_as_it_was(market: Market) -> None:
    row = failed(market)
    set_aside(event=row, reason="Known.", actor=market.actor(), now=NOW)
    assert (fresh(row).status, fresh(row).note, fresh(row).reason) == ("aside", "Known.", "no_source")
    bring_back(event=row, actor=market.actor("finance"), now=NOW)
    assert (fresh(row).status, fresh(row).note) == ("failed", "")
    assert AuditEntry.objects.filter(verb__in=["event.set_aside", "event.brought_back"]).count() == 2
    retry_events(event_ids=[row.pk], actor=market.actor(), now=NOW)


def test_missing_is_refused(market: Market, south: Market) -> None:
    with refused(Missing):
        replace_event(
            event=failed(market), facts=facts(market, product=sells(south, "Theirs")), actor=market.actor(), now=NOW
        )
