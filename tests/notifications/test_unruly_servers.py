"""A mail server that misbehaves in every way at once: nothing is lost, and at most one mail comes twice."""

import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core.models import OutboxJob
from notifications.models import Delivery, DeliveryAttempt
from tests.factories.world import Market, make_market
from tests.notifications.test_delivery import again, queued
from tests.support.outbox import drain
from tests.support.smtp import ACCEPTED, CUT, SLOW, MailServer

pytestmark = pytest.mark.django_db
LATER, NEVER = "451 4.3.0 try later", "550 5.1.1 no such person"


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture
def impatient(mails: MailServer, settings: Settings) -> MailServer:
    """We wait for no answer longer than half a second."""
    settings.EMAIL_TIMEOUT = 0.5
    return mails


def settle(count: int) -> None:
    """Let time pass until every mail has come to its end."""
    for _ in range(count):
        again()
        if not OutboxJob.objects.open().exists():
            return
    raise AssertionError("mails are still on their way")


def test_a_server_that_thinks_for_half_a_minute_does_not_hold_us(north: Market, impatient: MailServer) -> None:
    impatient.answers = [SLOW]
    delivery = queued(north)
    began = time.monotonic()
    drain()
    assert time.monotonic() - began < 5
    delivery.refresh_from_db()
    assert delivery.state == "retrying"
    assert "timed out" in delivery.answer
    again()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    assert len(impatient.received) == 1


def test_all_of_it_at_once(north: Market, impatient: MailServer) -> None:
    impatient.answers = [LATER, SLOW, CUT, NEVER, ACCEPTED, LATER, CUT]
    mails = [queued(north, f"p{n}@x.example") for n in range(6)]
    drain()
    settle(6)
    assert_nothing_is_lost(mails, impatient, cuts=2)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(answers=st.lists(st.sampled_from([LATER, CUT, NEVER, ACCEPTED, "421 closing", "552 too much"]), max_size=12))
def test_whatever_it_answers(north: Market, impatient: MailServer, answers: list[str]) -> None:
    """The oracle knows only what the server took and what we wrote down."""
    before = Delivery.objects.count()
    impatient.received.clear()
    impatient.answers = list(answers)
    mails = [queued(north, f"p{before + n}@x.example") for n in range(3)]
    drain()
    settle(len(answers) + 1)
    assert_nothing_is_lost(mails, impatient, cuts=answers.count(CUT))


def assert_nothing_is_lost(mails: list[Delivery], server: MailServer, *, cuts: int) -> None:
    """Each mail arrived or is known as failed; more than once only after a cut, and then under the same Message-ID."""
    arrived = Counter(address for mail in server.received for address in mail.recipients)
    for mail in mails:
        mail.refresh_from_db()
        tries = list(DeliveryAttempt.objects.filter(delivery=mail).order_by("number"))
        assert [each.number for each in tries] == list(range(1, mail.attempts + 1))
        assert [each.outcome for each in tries[:-1]] == ["retrying"] * (len(tries) - 1)
        assert (tries[-1].outcome, tries[-1].answer) == (mail.state, mail.answer)
        lost_answers = sum("closed" in each.answer or "Disconnected" in each.answer for each in tries)
        assert arrived[mail.recipient] <= 1 + lost_answers
        assert mail.state in {"sent", "failed"}
        if mail.state == "sent":
            assert arrived[mail.recipient] >= 1
    assert sum(arrived.values()) - len(arrived) <= cuts
    names = {(str(mail.recipients), str(mail.message["Message-ID"])) for mail in server.received}
    assert len(names) == len(arrived)
