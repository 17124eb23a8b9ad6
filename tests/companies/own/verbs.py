"""Every verb that makes, changes, ends or returns a debt or credit, ready to be done by somebody.

Each is prepared by people of the operator for the client, whose bills the reseller pays, and given back as a function
of who does it. It can be tried again after a refusal, as every try has the same effect or none.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.core.files.storage import default_storage

from billing.domain.event_values import Facts
from billing.models import BillingEvent, RunLine
from billing.operations import importing
from billing.operations.cancelling import cancel_event
from billing.operations.importing.reading import _chunk
from billing.operations.recording import record_event
from billing.operations.replacing import replace_event
from billing.operations.running import retry_events, retry_lines
from billing.operations.setting_aside import set_aside
from billing.operations.voiding import undo_and_void_memo, void_invoice, void_memo
from companies.domain.company_values import values_of
from companies.domain.refusals import OwnCompany
from companies.models import Company, MarketplaceSettings
from companies.operations import change_company, set_company_wide_billing
from core.actors import Actor
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from limits import operations as limits
from limits.operations.limiting import Terms
from payments import operations as payments
from payments.models import Allocation as PaidOn
from subscriptions import operations as subscriptions
from tests.factories.billing import bill, event, order, plan, sells, subscribe
from tests.factories.companies import CompanyFactory
from tests.factories.gateway import saved_method
from tests.factories.items import items
from tests.factories.limits import limited
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import (
    NOW,
    TODAY,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
)

Verb = Callable[[Actor], object]
Prepare = Callable[[Market], Verb]
START = date(2026, 5, 1)
VERBS: dict[str, Prepare] = {}


def verb(prepare: Prepare) -> Prepare:
    """Take it into the table under its name."""
    VERBS[prepare.__name__.replace("_", " ")] = prepare
    return prepare


def memo_of(market: Market, price: str = "50.00") -> CreditMemo:
    return issue_memo(market, price, company=market.client)


def limit(market: Market, amount: int | None) -> None:
    """The approval limit, in minor units."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=amount)


def asked(market: Market, price: str = "50.00") -> tuple[CreditMemo, Approval]:
    """A memo that waits for a second person; the limit is gone again."""
    limit(market, 0)
    memo = memo_of(market, price)
    limit(market, None)
    return memo, Approval.objects.get(object_id=memo.pk)


def draft_of(market: Market) -> CreditMemo:
    memo, approval = asked(market)
    operations.reject(approval=approval, reason="Not so.", actor=market.actor("second_manager"), now=NOW)
    return memo


def details(market: Market) -> Details:
    return Details(reason_id=market.reason().pk, use="hold")


@verb
def issue_from_an_invoice(market: Market) -> Verb:
    invoice = issue_invoice(market, company=market.client)
    lines = [InvoiceCredit(invoice.lines.get().pk, net=1000)]
    return lambda actor: operations.issue_from_invoice(
        invoice=invoice, lines=lines, details=details(market), actor=actor, now=NOW, key=key()
    )


@verb
def issue_ad_hoc(market: Market) -> Verb:
    account, charges = market.account(market.client), (charge("50.00", taxes=()),)
    return lambda actor: operations.issue_ad_hoc(
        account=account, beneficiary=market.client, charges=charges, details=details(market), actor=actor, now=NOW,
        key=key(),
    )  # fmt: skip


@verb
def edit_a_draft(market: Market) -> Verb:
    memo, charges = draft_of(market), (charge("40.00", taxes=()),)
    return lambda actor: operations.resubmit(
        memo=memo, lines=charges, details=details(market), actor=actor, now=NOW, key=key()
    )


@verb
def discard_a_draft(market: Market) -> Verb:
    memo = draft_of(market)
    return lambda actor: operations.discard(memo=memo, actor=actor, now=NOW)


@verb
def approve(market: Market) -> Verb:
    _memo, approval = asked(market)
    return lambda actor: operations.approve(approval=approval, actor=actor, now=NOW)


@verb
def reject(market: Market) -> Verb:
    _memo, approval = asked(market)
    return lambda actor: operations.reject(approval=approval, reason="No.", actor=actor, now=NOW)


@verb
def void(market: Market) -> Verb:
    memo = memo_of(market)
    return lambda actor: void_memo(memo=memo, reason="Wrong.", actor=actor, now=NOW)


@verb
def undo_and_void(market: Market) -> Verb:
    memo = memo_of(market)
    apply(market, memo, issue_invoice(market, company=market.client), 2000)
    return lambda actor: undo_and_void_memo(memo=memo, reason="Wrong.", actor=actor, now=NOW)


@verb
def divide(market: Market) -> Verb:
    memo = operations.issue_ad_hoc(
        account=market.account(market.client), beneficiary=market.client, charges=[charge("50.00"), charge("20.00")],
        details=Details(reason_id=market.reason().pk, use="hold"), actor=market.actor(), now=NOW, key=key(),
    )  # fmt: skip
    groups = [[pk] for pk in memo.lines.values_list("pk", flat=True)]
    return lambda actor: operations.divide(
        memo=memo, groups=groups, reason="Apart.", actor=actor, now=NOW, key=f"divide {actor.user_id}"
    )


@verb
def reverse(market: Market) -> Verb:
    application = apply(market, memo_of(market), issue_invoice(market, company=market.client), 2000)
    return lambda actor: operations.reverse(application=application, reason="Wrong.", actor=actor, now=NOW, key=key())


@verb
def hold(market: Market) -> Verb:
    memo = memo_of(market)
    operations.release(memo=memo, actor=market.actor(), now=NOW)
    return lambda actor: operations.hold(memo=memo, actor=actor, now=NOW)


@verb
def release(market: Market) -> Verb:
    memo = memo_of(market)
    return lambda actor: operations.release(memo=memo, actor=actor, now=NOW)


@verb
def close(market: Market) -> Verb:
    memo = memo_of(market)
    return lambda actor: operations.close(memo=memo, reason="Old.", actor=actor, now=NOW)


@verb
def reopen(market: Market) -> Verb:
    memo = memo_of(market)
    operations.close(memo=memo, reason="Old.", actor=market.actor(), now=NOW)
    return lambda actor: operations.reopen(memo=memo, reason="Not old.", actor=actor, now=NOW)


@verb
def void_an_invoice(market: Market) -> Verb:
    invoice = issue_invoice(market, company=market.client)
    credit_invoice(market, invoice, 1000)
    return lambda actor: void_invoice(invoice=invoice, reason="Wrong.", actor=actor, now=NOW)


@verb
def pay_a_memo_in_use_out(market: Market) -> Verb:
    invoice = issue_invoice(market, company=market.client)
    receive(market, invoice.total, (invoice, invoice.total), company=market.client)
    memo, token = credit_invoice(market, Invoice.objects.get(pk=invoice.pk), 50_00), key()
    apply(market, memo, issue_invoice(market, company=market.client), 10_00)
    return lambda actor: payments.pay_out_used(
        memo=memo, off=[], sending=sent(), reason="Left", confirmed=False, actor=actor, now=NOW, key=token
    )


@verb
def refund_items_of_an_invoice(market: Market) -> Verb:
    invoice = issue_invoice(market, company=market.client)
    receive(market, 50_00, (invoice, 50_00), company=market.client)
    asked, token = items(market, (invoice.lines.get().pk, 100_00)), key()
    return lambda actor: payments.refund_items(
        invoice=invoice, items=asked, sending=sent(), actor=actor, now=NOW, key=token
    )  # fmt: skip


@verb
def begin_a_subscription(market: Market) -> Verb:
    of = plan(market)
    return lambda actor: subscriptions.subscribe(
        company=market.client, plan=of, quantity=Decimal(1), started_on=START, actor=actor, now=NOW, key=key()
    )


@verb
def change_a_subscription_back_dated(market: Market) -> Verb:
    row = subscribe(market, plan(market), company=market.client, heard=False).row
    return lambda actor: subscriptions.change(
        subscription=row, quantity=Decimal(3), day=date(2026, 5, 3), actor=actor, now=NOW, key=key()
    )


@verb
def change_a_subscription_with_its_cycle(market: Market) -> Verb:
    row = subscribe(market, plan(market), company=market.client, heard=False).row
    return lambda actor: subscriptions.change(
        subscription=row, quantity=Decimal(3), at_cycle=True, actor=actor, now=NOW, key=key()
    )


@verb
def cancel_a_subscription_back_dated(market: Market) -> Verb:
    row = subscribe(market, plan(market), company=market.client, heard=False).row
    return lambda actor: subscriptions.cancel(
        subscription=row, partial_credit=True, reason="Left.", day=START, actor=actor, now=NOW, key=key()
    )


@verb
def grant_a_discount(market: Market) -> Verb:
    return lambda actor: subscriptions.add_discount(
        name="Friends", rate=Decimal("0.5"), company=market.client, actor=actor, now=NOW
    )


@verb
def switch_company_wide_billing(market: Market) -> Verb:
    return lambda actor: set_company_wide_billing(company=market.client, on=False, actor=actor, now=NOW)


@verb
def exempt_a_company_from_tax(market: Market) -> Verb:
    values = replace(values_of(market.client), tax_exempt=True)
    return lambda actor: change_company(company=market.client, values=values, actor=actor, now=NOW)


def recorded(market: Market, **facts: object) -> Verb:
    told = Facts(key=key(), day=TODAY, **facts)  # type: ignore[arg-type]
    return lambda actor: record_event(facts=told, origin="form", actor=actor, now=NOW)


@verb
def record_an_order(market: Market) -> Verb:
    product = sells(market, "Setup")
    return recorded(market, kind="order", company=market.client, product=product, quantity=Decimal(1), price=Decimal(9))


@verb
def record_usage(market: Market) -> Verb:
    of = plan(market, usage=("unit", [(None, "0.10")]))
    row = subscribe(market, of, company=market.client, heard=False).row
    return recorded(market, kind="usage", subscription=row, quantity=Decimal(-5))


@verb
def record_a_correction(market: Market) -> Verb:
    return recorded(market, kind="correction", company=market.client, product=sells(market, "Setup"), amount=-999_999)


def ordered(market: Market) -> str:
    """The key of an order of the client that was billed."""
    return order(market, "90.00", START, company=market.client).key


@verb
def record_a_refund_of_a_charge_in_the_name_of_another(market: Market) -> Verb:
    name = ordered(market)
    bill(market, TODAY)
    return recorded(market, kind="refund", company=market.birch, source_key=name)


@verb
def record_a_refund_of_what_waits_in_the_name_of_another(market: Market) -> Verb:
    return recorded(market, kind="refund", company=market.birch, source_key=ordered(market))


def imported(market: Market, *rows: str) -> Verb:
    """Rows of a file, read; a row that is refused for its company raises that."""
    content = "\n".join(
        ["key,kind,company,subscription,day,quantity,amount,price,product,corrects", *rows, ""]
    ).encode()

    def send(actor: Actor) -> None:
        sent = importing.start_import(
            name="events.csv", content=io.BytesIO(content), size=len(content), actor=actor, now=NOW, key=key()
        )
        with default_storage.open(sent.file, "rb") as stream:
            _chunk(sent.pk, stream.file, 100, NOW)  # A turn retries whole transactions, and this is inside one.
        for problem in sent.problems.all():
            assert problem.message == f"company: {OwnCompany.text}"
            raise OwnCompany(field="company")
        sent.refresh_from_db()
        assert (sent.state, sent.added) == ("done", len(rows))

    return send


@verb
def import_a_correction(market: Market) -> Verb:
    sells(market, "Setup")
    return imported(market, f"c1,correction,{market.client.uuid},,{TODAY},,-1000.00,,Setup,")


@verb
def import_negative_usage(market: Market) -> Verb:
    row = subscribe(market, plan(market, usage=("unit", [(None, "0.10")])), company=market.client, heard=False).row
    return imported(market, f"u1,usage,,{row.uuid},{TODAY},-5,,,,")


@verb
def import_a_refund_in_the_name_of_another(market: Market) -> Verb:
    name = ordered(market)
    bill(market, TODAY)
    return imported(market, f"r1,refund,{market.birch.uuid},,{TODAY},,,,,{name}")


@verb
def try_an_event_again(market: Market) -> Verb:
    row: BillingEvent = event(market, "refund", TODAY, company=market.client, source_key="nothing")
    bill(market, TODAY)
    return lambda actor: retry_events(event_ids=[row.pk], actor=actor, now=NOW)


@verb
def cancel_an_event(market: Market) -> Verb:
    row = event(market, "refund", TODAY, company=market.client, source_key="nothing")
    return lambda actor: cancel_event(event=row, reason="A slip.", actor=actor, now=NOW)


@verb
def record_an_edited_event(market: Market) -> Verb:
    row = event(market, "refund", TODAY, company=market.client, source_key="nothing")
    told = Facts(key=key(), day=TODAY, kind="refund", company=market.client, source_key="other")
    return lambda actor: replace_event(event=row, facts=told, actor=actor, now=NOW)


@verb
def set_an_event_aside(market: Market) -> Verb:
    row: BillingEvent = event(
        market, "refund", TODAY, company=market.client, source_key="nothing", status="failed", reason="no_source"
    )
    return lambda actor: set_aside(event=row, reason="Known.", actor=actor, now=NOW)


@verb
def try_a_payer_again(market: Market) -> Verb:
    subscribe(market, plan(market), company=market.client)
    run = bill(market, TODAY)
    line = run.lines.get(payer=market.reseller)
    RunLine.objects.filter(pk=line.pk).update(state="failed", error="The ledger was away.")
    return lambda actor: retry_lines(run=run, line_ids=[line.pk], actor=actor, now=NOW)


@verb
def money_came_in(market: Market) -> Verb:
    account, token = market.account(market.client), key()
    received = payments.Received(10_00, "transfer", TODAY)
    return lambda actor: payments.record_payment(account=account, received=received, actor=actor, now=NOW, key=token)


@verb
def settle_a_payment(market: Market) -> Verb:
    payment = receive(market, 10_00, company=market.client, is_pending=True)
    return lambda actor: payments.settle_payment(payment=payment, amount=10_00, value_date=TODAY, actor=actor, now=NOW)


@verb
def fail_a_payment(market: Market) -> Verb:
    payment = receive(market, 10_00, company=market.client, is_pending=True)
    return lambda actor: payments.fail_payment(payment=payment, why="No cover.", actor=actor, now=NOW)


@verb
def take_money_off(market: Market) -> Verb:
    invoice, token = issue_invoice(market, company=market.client), key()
    payment = receive(market, 10_00, (invoice, 10_00), company=market.client)
    row = PaidOn.objects.get(payment=payment)
    return lambda actor: payments.take_off(allocation=row, reason="Wrong one.", actor=actor, now=NOW, key=token)


@verb
def return_a_payment(market: Market) -> Verb:
    payment, token = receive(market, 10_00, company=market.client), key()
    return lambda actor: payments.return_payment(
        payment=payment, amount=10_00, reason="bounced", value_date=TODAY, actor=actor, now=NOW, key=token
    )


@verb
def undo_a_return(market: Market) -> Verb:
    payment, token = receive(market, 10_00, company=market.client), key()
    row = payments.return_payment(
        payment=payment, amount=10_00, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    return lambda actor: payments.undo_return(row=row, value_date=TODAY, actor=actor, now=NOW, key=token)


@verb
def keep_a_surplus(market: Market) -> Verb:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=1_00)
    payment, token = receive(market, 1_00, company=market.client), key()
    return lambda actor: payments.keep_surplus(
        payment=payment, amount=1_00, reason="Rounded.", actor=actor, now=NOW, key=token
    )


@verb
def settle_a_difference(market: Market) -> Verb:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=120_00)
    invoice = issue_invoice(market, company=market.client)
    return lambda actor: operations.settle_difference(invoice=invoice, reason="Rounded.", actor=actor, now=NOW)


@verb
def write_an_invoice_off(market: Market) -> Verb:
    invoice = issue_invoice(market, company=market.client)
    return lambda actor: operations.write_off_invoice(invoice=invoice, reason="Insolvent.", actor=actor, now=NOW)


@verb
def charge_a_saved_method(market: Market) -> Verb:
    invoice, token = issue_invoice(market, company=market.client), key()
    account, method = market.account(market.client), saved_method(market, company=market.reseller)
    return lambda actor: payments.charge(
        account=account, method=method, wanted=[(invoice.pk, 10_00)], actor=actor, now=NOW, key=token
    )


@verb
def change_a_credit_limit(market: Market) -> Verb:
    line = limited(market, 500_00, company=market.reseller)
    return lambda actor: limits.change_limit(
        line=line, terms=Terms("limit", 400_00), reason="Less.", actor=actor, now=NOW
    )


@verb
def let_a_credit_limit_be_the_marketplaces(market: Market) -> Verb:
    line = limited(market, 500_00, company=market.reseller)
    return lambda actor: limits.inherit(line=line, reason="As all.", actor=actor, now=NOW)


@verb
def block_credit(market: Market) -> Verb:
    line = limited(market, 500_00, company=market.reseller)
    return lambda actor: limits.block(line=line, reason="Late.", actor=actor, now=NOW)


@verb
def unblock_credit(market: Market) -> Verb:
    line = limited(market, None, company=market.reseller)
    return lambda actor: limits.unblock(line=line, reason="Paid.", actor=actor, now=NOW)


@verb
def allow_a_purchase_once(market: Market) -> Verb:
    line = limited(market, 500_00, company=market.reseller)
    return lambda actor: limits.allow_once(line=line, amount=10_00, reason="Known.", actor=actor, now=NOW)


ASK_BY_REQUEST = {
    "refund items of an invoice": "refund_items",
    "pay a memo in use out": "pay_out",
    "settle a difference": "settle_difference",
    "write an invoice off": "write_off",
    "change a credit limit": "change_limit",
    "let a credit limit be the marketplaces": "change_limit",
    "unblock credit": "change_limit",
    "allow a purchase once": "allow_once",
}
"""Verbs that ask a second person by themselves, and what is asked of an invoice or a credit line."""
BY_PAYER_ALONE = {
    "try a payer again", "money came in", "settle a payment", "fail a payment", "take money off", "return a payment",
    "undo a return", "keep a surplus", "charge a saved method", "change a credit limit",
    "let a credit limit be the marketplaces", "block credit", "unblock credit", "allow a purchase once",
}  # fmt: skip
"""A payer's line is of no beneficiary, and money and credit limits neither."""
BY_BENEFICIARY_ALONE = {"grant a discount", "switch company wide billing"}
"""A setting of one company is of no payer."""


WAYS = (
    "payer", "parent of the payer", "child of the payer", "beneficiary", "parent of the beneficiary",
    "child of the beneficiary",
)  # fmt: skip
"""How a company may be concerned."""


def concerned(market: Market, how: str) -> Company:
    """A company that is concerned in this way by what the reseller pays for the client."""
    kin, _of, name = how.rpartition(" of the ")
    party = {"payer": market.reseller, "beneficiary": market.client}[name]
    if not kin:
        return party
    relative: Company = CompanyFactory.create(
        marketplace=market.marketplace, name=how.title(), parent=party if kin == "child" else None
    )
    if kin == "parent":
        Company.objects.filter(pk=party.pk).update(parent=relative)
    return relative


ASK_BY_THEMSELVES = {
    "issue from an invoice": {"awaiting_approval"}, "issue ad hoc": {"awaiting_approval"},
    "edit a draft": {"awaiting_approval"}, "approve": {"unapplied"}, "reject": {"rejected"}, "close": {"unapplied"},
    "reopen": {"closed"},
}  # fmt: skip
"""Verbs that ask a second person themselves, or are one's decision, and the statuses of the memo then."""
ALONE = {
    "try an event again", "set an event aside", "try a payer again", "hold", "release", "discard a draft", "switch company wide billing",
    "charge a saved method", "block credit",
}  # fmt: skip
"""They make, end and move nothing that two people did not make before; what a provider says it moved came in."""
