"""Whatever goes wrong between the outbox and a provider, each refund is sent once and the books say what it says."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from payments.gateway.protocol import Outcome, State
from payments.handlers import refunds
from payments.handlers.charges import gateway_of
from payments.models import Payment, Refund
from tests.factories.gateway import ACCOUNT, gateway_account
from tests.factories.world import Market
from tests.payments.gateway_faults import METHODS, RATES, SECRET, Run
from tests.support.standin import KEY, Standin, running

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW = 4


@pytest.fixture
def own(market: Market, settings: Settings) -> Iterator[Standin]:
    """A stand-in of its own: its clock is moved, and what it met is counted."""
    with running() as standin:
        settings.STRIPE_KEYS, settings.STRIPE_ADDRESS = {ACCOUNT: KEY}, standin.address
        settings.STRIPE_WEBHOOK_SECRETS = {ACCOUNT: [SECRET]}
        gateway_account(market)
        yield standin


LONG = [pytest.param(seed, 8, marks=pytest.mark.long) for seed in (2, 3, 4, 5)]


@pytest.mark.parametrize(("seed", "memos"), [(1, FEW), *LONG])
def test_nothing_twice_and_nothing_lost(
    market: Market, own: Standin, monkeypatch: pytest.MonkeyPatch, seed: int, memos: int
) -> None:
    run = Run(market, own, seed, memos)
    run.charge_and_refund(monkeypatch)
    assert set(own.read("/_faults")) == set(RATES)  # All of it happened.
    assert run.crashes > 0
    assert {payment.status for payment in Payment.objects.all()} == {"successful"}
    sent = run.sent()
    ours = {str(row.key): (row.provider_ref, row.amount, row.status == "successful") for row in Refund.objects.all()}
    assert len(ours) == memos * len(METHODS)
    assert len(sent) == len(ours)  # None twice, none lost.
    assert {told.key: (told.ref, told.amount, told.state is State.SUCCEEDED) for told in sent} == ours
    assert run.differences() == {}


def test_call_then_save_sends_twice(market: Market, own: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same run with the usual way, which knows no key of the row and does not look before it asks."""

    def call_then_save(refund: Refund, _now: datetime, *, tries: int) -> Outcome:
        payment = refund.payment
        assert payment is not None
        assert payment.gateway_account is not None
        return gateway_of(payment.gateway_account).refund(
            charge_ref=str(payment.provider_ref), amount=refund.amount, currency=refund.currency, key=str(uuid4())
        )

    monkeypatch.setattr(refunds, "send", call_then_save)
    run = Run(market, own, seed=1, memos=FEW)
    run.charge_and_refund(monkeypatch)
    assert len(run.sent()) > FEW * len(METHODS)
    assert run.differences() != {}
