"""What goes out of a queue that was held back: {kind of mail} x {what was true when planned} x {when sent}.

Everything but the sending is worked off, then something changes, then the mails are sent to a real mail server.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from billing.operations.voiding import void_invoice
from companies import operations as people
from companies.models import Membership
from core import consumer
from core.clock import database_now
from core.models import Approval, OutboxJob
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.operations.reversing import reverse
from documents.renderer import rendering
from documents.renderer.rendering import Rendered
from notifications.domain.kinds import kind_called
from notifications.models import BouncedAddress, Delivery
from notifications.operations import NoLongerTrue, decide, resend, resend_many
from notifications.operations.planning import QUEUED
from payments.operations import return_refund
from tests.factories.bank import LOCAL, give_details
from tests.factories.limits import ask, limited
from tests.factories.payments import receive
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, Market, apply, credit_invoice, issue_invoice, issue_memo, key, make_market
from tests.support.drafts import waiting_memo
from tests.support.outbox import drain, end_leases
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db

INVOICE, INVOICE_VOIDED = "invoice_pdf_created", "invoice_voided"
MEMO, MEMO_VOIDED, APPLIED = "credit_memo_pdf_created", "credit_memo_voided", "credit_applied"
REQUESTED, DECIDED, ALONE = "approval_requested", "approval_decided", "acting_alone"
BANK, REFUND, LIMIT = "bank_details_changed", "refund_processed", "credit_limit_reached"
SENT, WITHDRAWN, FAILED, NOTHING = "sent", "withdrawn", "failed", ""


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    started = MailServer()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def printed() -> dict[str, Rendered]:
    """The PDFs of this module by what they print: each of the few is laid out once."""
    return {}


@pytest.fixture(autouse=True)
def laid_out_once(printed: dict[str, Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    real = rendering.render_pdf

    def render(**request: Any) -> Rendered:
        asked = repr(sorted(request.items()))
        if asked not in printed:
            printed[asked] = real(**request)
        return printed[asked]

    monkeypatch.setattr(rendering, "render_pdf", render)


@pytest.fixture
def mails(server: MailServer, settings: Settings) -> MailServer:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    server.received.clear()
    server.answers.clear()
    return server


@pytest.fixture
def north() -> Market:
    """Everything is mailed to Acme's billing admin alone, without PDFs."""
    market = make_market("north")
    for name in (INVOICE, INVOICE_VOIDED, MEMO, MEMO_VOIDED, APPLIED):
        switch(market, name)
    return market


def switch(market: Market, name: str, **changes: Any) -> None:
    values = {"enabled": True, "attach_pdf": False, "cc": [], "audience": ["billing_admin"], **changes}
    decide(kind=kind_called(name), actor=market.actor(), now=NOW, **values)


def plan() -> None:
    """Work everything off but the sending itself."""
    while job := OutboxJob.objects.due(database_now()).exclude(topic=QUEUED).order_by("id").first():
        assert consumer.run(job.pk)


def send() -> None:
    """Work the rest off; a mail that waits for another one comes again."""
    drain()
    end_leases()
    drain()


def member(market: Market, person: str) -> Membership:
    return Membership.objects.get(pk=market.people[person].membership.pk)


# --- what happens, and what changes before it is mailed ---------------------------------------------------------------


def no_change(_market: Market, _thing: Any) -> None:
    """Nothing."""


def invoice(market: Market) -> Any:
    return issue_invoice(market)


def memo(market: Market) -> Any:
    return issue_memo(market)


def used(market: Market) -> Any:
    """Credit on two invoices, told in one mail."""
    credit, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)
    plan()
    send()
    rows = [Allocation(credit.pk, each.pk, 10_00) for each in (first, second)]
    return operations.apply(allocations=rows, actor=market.actor(), now=NOW, key=key())


def request(market: Market) -> Approval:
    return waiting_memo(market)[1]


def decided(market: Market) -> Approval:
    asked = request(market)
    people.reject(approval=asked, reason="Too much", actor=market.actor("finance"), now=NOW)
    return asked


def bank_details(market: Market) -> Any:
    return give_details(market)


def bank_details_again(market: Market, _row: Any) -> None:
    give_details(market, LOCAL)


def payout(market: Market) -> Any:
    switch(market, REFUND)
    memo = issue_memo(market)
    plan()
    send()
    return paid_out(market, memo)


def refund_comes_back(market: Market, thing: Any) -> None:
    return_refund(refund=thing, value_date=TODAY, why="Unknown account", actor=market.actor(), now=NOW)


def limit(market: Market) -> Any:
    limited(market, 0)
    return ask(market, 80_00, key="order 17")


def pays_part(market: Market, _thing: Any) -> None:
    receive(market, 79_99, keep_on_account=True)


def pays(market: Market, _thing: Any) -> None:
    receive(market, 80_00, keep_on_account=True)


def blocks(market: Market, _thing: Any) -> None:
    limited(market, None)


def finance_becomes_support(market: Market, _thing: Any) -> None:
    Membership.objects.filter(company=market.operator).update(roles=["support"])


def alone(market: Market) -> Approval:
    asked = request(market)
    gone = [market.people[name].membership.pk for name in ("second_manager", "finance")]
    Membership.objects.filter(pk__in=gone).update(is_active=False)
    return people.act_alone(approval=asked, actor=market.actor(), now=NOW)


def mailed_invoice_is_void(market: Market) -> Any:
    found = issue_invoice(market)
    plan()
    send()
    void_it(market, found)
    return found


def mailed_memo_is_void(market: Market) -> Any:
    found = issue_memo(market)
    plan()
    send()
    void_memo(market, found)
    return found


def unmailed_invoice_is_void(market: Market) -> Any:
    found = issue_invoice(market)
    plan()
    void_it(market, found)
    return found


def unmailed_memo_is_void(market: Market) -> Any:
    found = issue_memo(market)
    plan()
    void_memo(market, found)
    return found


def never_mailed_invoice_is_void(market: Market) -> Any:
    switch(market, INVOICE, enabled=False)
    return unmailed_invoice_is_void(market)


def void_it(market: Market, thing: Any) -> None:
    void_invoice(invoice=thing, reason="Issued twice", actor=market.actor(), now=NOW)


def void_memo(market: Market, thing: Any) -> None:
    operations.void(memo=thing, reason="Issued twice", actor=market.actor(), now=NOW)


def credit_it(market: Market, thing: Any) -> None:
    apply(market, credit_invoice(market, thing, 50_00), thing, 60_00)


def use_it(market: Market, thing: Any) -> None:
    apply(market, thing, issue_invoice(market), 50_00)


def close_it(market: Market, thing: Any) -> None:
    operations.close(memo=thing, reason="Contract ended", actor=market.actor(), now=NOW)


def take_back(market: Market, applications: Any) -> None:
    for each in applications:
        reverse(application=each, reason="Wrong", actor=market.actor(), now=NOW, key=key())


def take_one_back(market: Market, applications: Any) -> None:
    take_back(market, applications[:1])


def approve(market: Market, asked: Approval) -> None:
    people.approve(approval=asked, actor=market.actor("finance"), now=NOW)


def reject(market: Market, asked: Approval) -> None:
    people.reject(approval=asked, reason="Too much", actor=market.actor("support"), now=NOW)


def withdraw(market: Market, asked: Approval) -> None:
    people.withdraw(approval=asked, actor=market.actor(), now=NOW)


def deciders_become_support(market: Market, _asked: Approval) -> None:
    gone = [market.people[name].membership.pk for name in ("second_manager", "finance", "support")]
    Membership.objects.filter(pk__in=gone).update(roles=["developer"])


def maker_leaves(market: Market, _asked: Approval) -> None:
    Membership.objects.filter(pk=market.people["manager"].membership.pk).update(is_active=False)


def staff_leaves(market: Market, _asked: Approval) -> None:
    Membership.objects.filter(company=market.operator).update(is_active=False)


def switch_off(market: Market, _thing: Any) -> None:
    for name in (INVOICE, INVOICE_VOIDED):
        switch(market, name, enabled=False)


def company_off(market: Market, _thing: Any) -> None:
    market.acme.is_active = False
    market.acme.save()


def loses_the_role(market: Market, _thing: Any) -> None:
    Membership.objects.filter(pk=member(market, "billing_admin").pk).update(roles=["user"])


def leaves(market: Market, _thing: Any) -> None:
    Membership.objects.filter(pk=member(market, "billing_admin").pk).update(is_active=False)


def audience_moves(market: Market, _thing: Any) -> None:
    switch(market, INVOICE, audience=["company_admin"])


def attaches(market: Market, _thing: Any) -> None:
    """What goes along grows: what was written says nothing of it, and stays true."""
    switch(market, INVOICE, attach_pdf=True)


def with_pdf(market: Market) -> Any:
    switch(market, INVOICE, attach_pdf=True)
    return issue_invoice(market)


def locks(market: Market, _thing: Any) -> None:
    switch(market, INVOICE, attach_pdf=True, protection="tax_number")


def detaches(market: Market, _thing: Any) -> None:
    switch(market, INVOICE, attach_pdf=False)


def with_copy(market: Market) -> Any:
    switch(market, INVOICE, audience=[], cc=["copy@acme.example"])
    return issue_invoice(market)


def copy_moves(market: Market, _thing: Any) -> None:
    switch(market, INVOICE, audience=[], cc=["other@acme.example"])


def to_address(market: Market) -> Any:
    market.acme.billing_email = "bills@acme.example"
    market.acme.save()
    switch(market, INVOICE, audience=["billing_address", "billing_admin"])
    return issue_invoice(market)


def address_is_cleared(market: Market, _thing: Any) -> None:
    market.acme.billing_email = ""
    market.acme.save()


def comes_back(market: Market, _thing: Any) -> None:
    other = Delivery.objects.exclude(state="queued").first() or older(market)
    BouncedAddress.objects.create(
        marketplace=market.marketplace, address=member(market, "billing_admin").user.email, delivery=other,
        answer="550 5.1.1 no such person", since=NOW,
    )  # fmt: skip


def older(market: Market) -> Delivery:
    first = Delivery.objects.get()
    first.pk, first.event, first.message_id, first.state = None, uuid4(), "<older@example.com>", "failed"
    first.save(force_insert=True)
    return first


class Cell(NamedTuple):
    """What is planned, what changes, and what becomes of the mails of a kind; ``why`` begins their answer."""

    mail: str
    planned: Callable[[Market], Any]
    changed: Callable[[Market, Any], None]
    state: str
    why: str = ""


GONE = " was removed from the recipients before this mail was sent."
TABLE = [
    Cell(INVOICE, invoice, no_change, SENT),
    Cell(INVOICE, invoice, credit_it, SENT),
    Cell(INVOICE, invoice, void_it, WITHDRAWN, "Invoice was voided before this mail was sent."),
    Cell(MEMO, memo, no_change, SENT),
    Cell(MEMO, memo, use_it, SENT),
    Cell(MEMO, memo, close_it, SENT),
    Cell(MEMO, memo, void_memo, WITHDRAWN, "Credit memo was voided before this mail was sent."),
    Cell(APPLIED, used, no_change, SENT),
    Cell(APPLIED, used, take_back, WITHDRAWN, "Some of this credit was reversed before this mail was sent."),
    Cell(APPLIED, used, take_one_back, WITHDRAWN, "Some of this credit was reversed before this mail was sent."),
    Cell(INVOICE_VOIDED, mailed_invoice_is_void, no_change, SENT),
    Cell(INVOICE_VOIDED, mailed_invoice_is_void, audience_moves, SENT),
    Cell(INVOICE_VOIDED, mailed_invoice_is_void, leaves, WITHDRAWN, "The recipient no longer belongs to Acme north."),
    Cell(INVOICE_VOIDED, mailed_invoice_is_void, switch_off, WITHDRAWN, "“Invoice voided” was switched off"),
    Cell(INVOICE_VOIDED, unmailed_invoice_is_void, no_change, WITHDRAWN, "Invoice was never mailed to this address"),
    Cell(INVOICE_VOIDED, never_mailed_invoice_is_void, no_change, NOTHING),
    Cell(MEMO_VOIDED, mailed_memo_is_void, no_change, SENT),
    Cell(MEMO_VOIDED, unmailed_memo_is_void, no_change, WITHDRAWN, "Credit memo was never mailed to this address"),
    Cell(REQUESTED, request, no_change, SENT),
    Cell(REQUESTED, request, approve, WITHDRAWN, "The request was decided before this mail was sent: approved."),
    Cell(REQUESTED, request, reject, WITHDRAWN, "The request was decided before this mail was sent: rejected."),
    Cell(REQUESTED, request, withdraw, WITHDRAWN, "The request was decided before this mail was sent: withdrawn."),
    Cell(REQUESTED, request, deciders_become_support, WITHDRAWN, "The recipient may no longer decide this request."),
    Cell(DECIDED, decided, no_change, SENT),
    Cell(DECIDED, decided, maker_leaves, WITHDRAWN, "The recipient no longer works for the marketplace."),
    Cell(REFUND, payout, no_change, SENT),
    Cell(REFUND, payout, refund_comes_back, WITHDRAWN, "The payout was returned before this mail was sent."),
    Cell(LIMIT, limit, no_change, SENT),
    Cell(LIMIT, limit, pays_part, SENT),
    Cell(LIMIT, limit, blocks, SENT),
    Cell(LIMIT, limit, pays, WITHDRAWN, "There was credit for it again before this mail was sent."),
    Cell(LIMIT, limit, company_off, WITHDRAWN, "Acme north was deactivated before this mail was sent."),
    Cell(LIMIT, limit, finance_becomes_support, WITHDRAWN, "The recipient no longer works for the marketplace."),
    Cell(BANK, bank_details, no_change, SENT),
    Cell(BANK, bank_details, bank_details_again, SENT),
    Cell(BANK, bank_details, staff_leaves, WITHDRAWN, "The recipient no longer works for the marketplace."),
    Cell(ALONE, alone, no_change, SENT),
    Cell(ALONE, alone, reject, WITHDRAWN, "The request was decided before this mail was sent: rejected."),
    Cell(ALONE, alone, staff_leaves, WITHDRAWN, "The recipient no longer works for the marketplace."),
    Cell(INVOICE, invoice, switch_off, WITHDRAWN, "“Invoice PDF created” was switched off before this mail was sent."),
    Cell(INVOICE, invoice, company_off, WITHDRAWN, "Acme north was deactivated before this mail was sent."),
    Cell(INVOICE, invoice, leaves, WITHDRAWN, "The recipient no longer belongs to Acme north."),
    Cell(INVOICE, invoice, loses_the_role, FAILED, f"billing.admin.north@example.com{GONE} No one else received it"),
    Cell(INVOICE, invoice, audience_moves, FAILED, f"billing.admin.north@example.com{GONE} No one else received it"),
    Cell(INVOICE, invoice, attaches, SENT),
    Cell(INVOICE, with_pdf, no_change, SENT),
    Cell(INVOICE, with_pdf, locks, FAILED, "The attachment or its password was changed after"),
    Cell(INVOICE, with_pdf, detaches, FAILED, "The attachment or its password was changed after"),
    Cell(INVOICE, with_copy, no_change, SENT),
    Cell(INVOICE, with_copy, copy_moves, FAILED, f"copy@acme.example{GONE} No one else received it"),
    Cell(
        INVOICE,
        invoice,
        comes_back,
        FAILED,
        "Not sent, because an earlier mail to this address bounced: 550 5.1.1 no such person",
    ),
]


NAMES = [f"{each.mail}-{each.planned.__name__}-{each.changed.__name__}" for each in TABLE]


@pytest.mark.parametrize("cell", TABLE, ids=NAMES)
def test_what_goes_out(north: Market, mails: MailServer, cell: Cell) -> None:
    thing = cell.planned(north)
    plan()
    before = len(mails.received)
    waiting = Delivery.objects.filter(kind=cell.mail, state="queued")
    assert waiting.exists() is (cell.state != NOTHING)
    asked = set(waiting.values_list("pk", flat=True))
    cell.changed(north, thing)
    send()
    found = Delivery.objects.filter(pk__in=asked)
    assert {row.state for row in found} == ({cell.state} if cell.state else set())
    assert all(row.answer.startswith(cell.why) for row in found)
    sent = {str(mail.message["Message-ID"]) for mail in mails.received[before:]}
    ours = {row.message_id for row in found}
    assert sent & ours == (ours if cell.state == SENT else set())
    assert not OutboxJob.objects.dead().exists()
    assert not OutboxJob.objects.open().filter(topic=QUEUED).exists()


def test_an_address_that_was_cleared_is_left_out_where_somebody_else_gets_it(north: Market, mails: MailServer) -> None:
    to_address(north)
    plan()
    address_is_cleared(north, None)
    send()
    assert dict(Delivery.objects.values_list("recipient", "state")) == {
        "bills@acme.example": "withdrawn", "billing.admin.north@example.com": "sent"
    }  # fmt: skip


def test_a_void_is_told_wherever_the_first_mail_went(north: Market, mails: MailServer) -> None:
    """Also to an address that got it by hand, and to none that would get it today."""
    switch(north, INVOICE, cc=["copy@acme.example"])
    found = issue_invoice(north)
    plan()
    send()
    switch(north, INVOICE_VOIDED, attach_pdf=True)
    mails.received.clear()
    void_it(north, found)
    plan()
    send()
    assert {address for mail in mails.received for address in mail.recipients} == {
        "copy@acme.example", "billing.admin.north@example.com"
    }  # fmt: skip
    message = mails.received[0].message
    assert message["Subject"] == "Invoice INV-2026-00001 is void"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "INV-2026-00001-void-copy.pdf"


def test_what_was_withdrawn_is_no_failure(north: Market, mails: MailServer) -> None:
    """Sending failed ones again leaves it alone; by hand it goes while it is true, and is refused when it is not."""
    found = issue_invoice(north)
    plan()
    leaves(north, found)
    send()
    gone = Delivery.objects.get()
    assert (gone.state, gone.attempts, gone.tries.count()) == ("withdrawn", 0, 0)
    support = north.actor("support")
    assert resend_many(deliveries=[gone], actor=support, now=NOW) == []
    with pytest.raises(NoLongerTrue, match="no longer belongs to Acme north"):
        resend(delivery=gone, actor=support, now=NOW)
    Membership.objects.filter(pk=member(north, "billing_admin").pk).update(is_active=True)
    switch_off(north, found)
    copy = resend(delivery=gone, actor=support, now=NOW)
    send()
    copy.refresh_from_db()
    assert copy.state == "sent"
    void_it(north, found)
    with pytest.raises(NoLongerTrue, match="Invoice was voided"):
        resend(delivery=copy, actor=support, now=NOW)


def test_a_mail_of_an_earlier_release_says_less_and_is_sent(north: Market, mails: MailServer) -> None:
    used(north)
    plan()
    Delivery.objects.filter(state="queued").update(payload={}, role="")
    send()
    assert Delivery.objects.get(kind=APPLIED).state == "sent"
