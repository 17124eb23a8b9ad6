"""The verbs on a payment in the browser: what each says and does, who may, and that a refusal changes nothing."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.errors import refusal_of
from payments.models import Allocation, Payment, PaymentReturn
from payments.operations import allocating, keeping, return_payment, returning, settling, take_off
from payments.queries.annotated import annotated_payments
from payments.views.actions import actions_of
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, issue_invoice, key
from tests.support.verbs import snapshot
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
VERBS = ("allocate", "settle", "fail", "take_off", "return", "undo_return", "keep")


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


@pytest.fixture
def generous(market: Market) -> Market:
    """Differences up to 5.00 may be kept."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=5_00)
    return market


def url(verb: str, payment: Payment, *more: object) -> str:
    return reverse(f"payments:{verb}", args=[payment.pk, *more])


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'")


def afterwards(client: Client, answer: Any) -> str:
    """What the page says that a verb leads to."""
    assert answer.status_code == 302, words(answer)
    return words(client.get(answer["Location"]))


def test_money_on_account_is_allocated(market: Market, manager: Client) -> None:
    payment, invoice = receive(market, 200_00), issue_invoice(market)
    assert f"{invoice}" in words(manager.get(url("allocate", payment)))
    live = words(manager.post(url("allocate", payment), {f"amount-{invoice.pk}": "50.00", "go": "live"}))
    assert "Left on account €150.00" in live
    answer = manager.post(url("allocate", payment), {f"amount-{invoice.pk}": "50.00"})
    assert f"€50.00 of {payment} has been allocated; €150.00 is on account." in afterwards(manager, answer)
    invoice.refresh_from_db()
    assert invoice.paid == 50_00


def test_more_than_is_on_account_is_refused_and_what_was_typed_stays(market: Market, manager: Client) -> None:
    payment, invoice = receive(market, 20_00), issue_invoice(market)
    before = snapshot()
    answer = manager.post(url("allocate", payment), {f"amount-{invoice.pk}": "50.00"})
    assert answer.status_code == 422
    assert 'value="50.00"' in answer.content.decode()
    assert f"Amount for {invoice} : {payment} has only €20.00 on account." in words(answer)
    live = words(manager.post(url("allocate", payment), {f"amount-{invoice.pk}": "50.00", "go": "live"}))
    assert f"{payment} has only €20.00 on account." in live
    assert "more than the payment" not in live
    assert snapshot() == before
    assert manager.post(url("allocate", payment), {}).status_code == 422


def test_a_pending_payment_arrives(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 100_00, (invoice, 100_00), is_pending=True)
    assert 'value="100.00"' in manager.get(url("settle", payment)).content.decode()
    answer = manager.post(url("settle", payment), {"amount": "90.00", "value_date": "2026-06-01"})
    assert f"€90.00 of {payment} arrived." in afterwards(manager, answer)
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, payment.allocated, invoice.paid, invoice.payment_pending) == ("successful", 90_00, 90_00, 0)


def test_a_pending_payment_fails_with_the_reason(market: Market, manager: Client) -> None:
    payment = receive(market, 100_00, (issue_invoice(market), 100_00), is_pending=True)
    assert manager.post(url("fail", payment), {"why": ""}).status_code == 422
    said = afterwards(manager, manager.post(url("fail", payment), {"why": "No cover"}))
    assert f"{payment} is recorded as failed." in said
    assert "No cover" in said


def test_taking_money_off_a_paid_invoice_asks_for_a_confirmation(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 120_00, (invoice, 120_00))
    row = Allocation.objects.get()
    page = url("take_off", payment, row.pk)
    asked = words(manager.get(page))
    assert f"Take {payment} off {invoice}" in asked
    assert "€120.00 goes back on account. Reason" in asked
    sentence = f"I confirm that {invoice} becomes unpaid, with €120.00 due"
    assert sentence in asked
    assert "Otherwise it pays open invoices automatically" in asked
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_allocate=False)
    asked = words(manager.get(page))
    assert "is not used automatically as the settings are now" in asked
    assert "Otherwise" not in asked
    before = snapshot()
    answer = manager.post(page, {"reason": "Wrong one", "keep": "on"})
    assert answer.status_code == 422
    assert f"{sentence} : Tick this box to go on." in words(answer)
    assert f"{sentence} ." not in words(answer)
    assert snapshot() == before
    answer = manager.post(page, {"reason": "Wrong one", "keep": "on", "confirmed": "on"})
    assert f"€120.00 has been taken off {invoice} and is on account." in afterwards(manager, answer)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, payment.on_account, payment.keep_on_account) == ("unpaid", 120_00, True)
    assert "was taken off" in words(manager.get(page))


def test_a_return_shows_which_invoices_lose_their_money_before(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market)
    payment = receive(market, 250_00, (first, 120_00), (second, 120_00))
    older = Allocation.objects.get(invoice=first)
    page = url("return", payment)
    form = {"amount": "50.00", "reason": "bounced", "value_date": "2026-06-01", "note": ""}
    live = words(manager.post(page, {**form, "chosen": [str(older.pk)], "go": "live"}))
    assert "€10.00 is taken from money on account." in live
    assert f"{first} €40.00 – €40.00" in live
    assert str(second) not in live
    small = words(manager.post(page, {**form, "amount": "4.00", "go": "live"}))
    assert small.strip() == "€4.00 is taken from money on account. No invoice loses its money."
    for amount, told in (("900.00", "at most €250.00"), ("abc", "Enter the amount to see which")):
        bad = words(manager.post(page, {**form, "amount": amount, "go": "live"}))
        assert told in bad
        assert "No invoice loses" not in bad
    said = afterwards(manager, manager.post(page, {**form, "chosen": [str(older.pk)]}))
    assert f"The return of €50.00 of {payment} has been recorded." in said
    first.refresh_from_db()
    payment.refresh_from_db()
    assert (first.amount_due, payment.returned, payment.on_account) == (40_00, 50_00, 0)


def test_more_than_can_be_taken_back_is_refused(market: Market, manager: Client) -> None:
    payment = receive(market, 50_00)
    before = snapshot()
    form = {"amount": "50.01", "reason": "bounced", "value_date": "2026-06-01"}
    answer = manager.post(url("return", payment), form)
    assert answer.status_code == 422
    assert "at most €50.00" in words(answer)
    assert snapshot() == before


def test_a_return_is_undone(market: Market, manager: Client) -> None:
    payment = receive(market, 50_00)
    row = return_payment(
        payment=payment, amount=50_00, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    page = url("undo_return", payment, row.pk)
    assert "€50.00 comes back on account" in words(manager.get(page))
    said = afterwards(manager, manager.post(page, {"value_date": "2026-06-01", "note": "A slip"}))
    assert f"€50.00 of {payment} is on account again." in said
    assert "undone already" in words(manager.get(page))


def test_a_small_surplus_is_kept(generous: Market) -> None:
    client = client_of(generous.people["manager"])
    payment = receive(generous, 3_00)
    answer = client.post(url("keep", payment), {"amount": "3.00", "reason": "Rounded"})
    assert f"€3.00 of {payment} has been kept." in afterwards(client, answer)
    MarketplaceSettings.objects.filter(marketplace=generous.marketplace).update(small_difference=0)
    assert "keeps no surplus" in words(client.get(url("keep", receive(generous, 1_00))))
    MarketplaceSettings.objects.filter(marketplace=generous.marketplace).update(small_difference=5_00)
    large = receive(generous, 50_00)
    before = snapshot()
    assert "Only up to" in words(client.get(url("keep", large)))
    assert client.post(url("keep", large), {"amount": "50.00", "reason": "Rounded"}).status_code == 422
    assert snapshot() == before


def things(market: Market) -> dict[str, list[object]]:
    """A thing for each verb: what stands in its address."""
    payment = receive(market, 30_00, (issue_invoice(market), 20_00))
    allocation = Allocation.objects.get(payment=payment)
    row = return_payment(
        payment=payment, amount=5_00, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    pending = receive(market, 10_00, is_pending=True)
    found: dict[str, list[object]] = {verb: [payment.pk] for verb in VERBS}
    return found | {
        "settle": [pending.pk], "fail": [pending.pk], "take_off": [payment.pk, allocation.pk],
        "undo_return": [payment.pk, row.pk],
    }  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_and_whose(market: Market, south: Market, verb: str) -> None:
    own, theirs = things(market)[verb], things(south)[verb]
    who = ("support", "billing_admin", "other_admin", "manager", "user", "finance")
    clients = {person: client_of(market.people[person]) for person in who}
    before = snapshot()
    for person, args, status in (
        ("support", own, 403), ("billing_admin", own, 403), ("other_admin", own, 404), ("manager", theirs, 404),
        ("user", own, 404),
    ):  # fmt: skip
        page = reverse(f"payments:{verb}", args=args)
        answers = clients[person].get(page), clients[person].post(page, {})
        assert [answer.status_code for answer in answers] == [status, status], person
    page = reverse(f"payments:{verb}", args=own)
    assert (clients["finance"].get(page).status_code, clients["finance"].put(page).status_code) == (200, 405)
    assert snapshot() == before


def test_a_button_is_offered_exactly_where_its_guards_pass(generous: Market) -> None:
    market, actor = generous, generous.actor()
    issue_invoice(market)
    paid = receive(market, 120_00, (issue_invoice(market), 120_00))
    gone = receive(market, 10_00)
    return_payment(payment=gone, amount=10_00, reason="bounced", value_date=TODAY, actor=actor, now=NOW, key=key())
    failed = receive(market, 10_00, is_pending=True)
    settling.check_settle(failed, actor=actor)
    made = {
        "rich": receive(market, 50_00), "small": receive(market, 3_00), "paid": paid, "returned": gone,
        "pending": receive(market, 10_00, is_pending=True),
    }  # fmt: skip
    seen = {}
    for name, row in made.items():
        payment: Any = annotated_payments(market.people["manager"]).get(pk=row.pk)
        settings = payment.marketplace.settings
        passed = {
            "allocate": allocating.may_allocate(payment),
            "settle": refusal_of(settling.check_settle, payment, actor=actor) is None,
            "fail": refusal_of(settling.check_settle, payment, actor=actor) is None,
            "return": refusal_of(returning.check_return, payment, 1, actor=actor) is None,
            "keep": refusal_of(keeping.check_keep, payment, max(payment.free, 1), settings, actor=actor) is None,
        }
        urls = {action.url for action in actions_of(payment, market.people["manager"])}
        offered = {verb for verb in passed if url(verb, payment) in urls}
        assert offered == {verb for verb, may in passed.items() if may}, name
        seen[name] = offered
    assert seen == {
        "rich": {"allocate", "return"}, "small": {"allocate", "return", "keep"}, "paid": {"return"}, "returned": set(),
        "pending": {"settle", "fail"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("allocate", "is pending"), ("return", "is pending"), ("keep", "is pending"), ("settle", "is successful"),
        ("fail", "is successful"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_in_words(market: Market, manager: Client, verb: str, told: str) -> None:
    pending = "pending" in told
    payment = receive(market, 10_00, is_pending=pending)
    before = snapshot()
    answer = manager.get(url(verb, payment))
    assert answer.status_code == 200
    assert told in words(answer)
    assert manager.post(url(verb, payment), {"amount": "1.00", "reason": "x", "why": "x"}).status_code == 422
    assert snapshot() == before


def test_rows_have_their_buttons_until_they_are_undone(market: Market, manager: Client) -> None:
    payment = receive(market, 120_00, (issue_invoice(market), 120_00))
    row = Allocation.objects.get()
    page = manager.get(url("detail", payment)).content.decode()
    assert url("take_off", payment, row.pk) in page
    take_off(allocation=row, reason="x", actor=market.actor(), now=NOW, key=key(), confirmed=True)
    back = return_payment(
        payment=payment, amount=10_00, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    page = manager.get(url("detail", payment)).content.decode()
    assert url("take_off", payment, row.pk) not in page
    assert url("undo_return", payment, back.pk) in page
    assert PaymentReturn.objects.count() == 1
    support = client_of(market.people["support"]).get(url("detail", payment)).content.decode()
    assert url("undo_return", payment, back.pk) not in support
