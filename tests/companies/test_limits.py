"""Limits on guessing passwords: who guesses is stopped, others are not, and every lock ends by itself."""

from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.core import mail
from django.test import Client, override_settings

from companies.domain.refusals import TooManyAttempts
from companies.models import FailedAttempts
from companies.operations.attempts import ACCOUNT, KEPT, LINE, NETWORK, PAIR, confirm_password, take_attempt
from core.clients import read_address
from tests.factories.companies import UserFactory
from tests.factories.world import NOW, Market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
GOOD = "correct horse"
QUARTER = timedelta(minutes=15)
BROWSER = Client()


def sign_in(email: str, password: str, *, client: str, through: int = 1, at: datetime = NOW) -> int:
    """The status of a sign-in of somebody behind our proxies."""
    hops = ", ".join([client, "198.51.100.1"][:through])
    headers = {"HTTP_X_FORWARDED_FOR": hops} if through else {}
    form = {"username": email, "password": password}
    with time_machine.travel(at, tick=False), override_settings(PROXIES=through):
        BROWSER.cookies.clear()
        answer = BROWSER.post("/sign-in/", form, REMOTE_ADDR="10.0.0.2" if through else client, **headers)  # type: ignore[arg-type]
    return answer.status_code


def locked(account: str, client: str, at: datetime = NOW) -> bool:
    try:
        take_attempt(account, read_address(client), now=at)
    except TooManyAttempts:
        return True
    return False


@pytest.mark.parametrize("through", [0, 1, 2])
def test_an_attacker_is_stopped_and_locks_nobody_out(market: Market, through: int) -> None:
    email = market.user("manager").email
    guess = partial(sign_in, email, client="203.0.113.7", through=through)
    assert [guess("wrong") for _time in range(5)] == [422] * 5
    assert (guess("wrong"), guess(GOOD)) == (429, 429)
    assert sign_in(email, GOOD, client="192.0.2.9", through=through) == 302
    assert sign_in(market.user("finance").email, GOOD, client="203.0.113.7", through=through) == 302


def test_a_forged_header_is_no_new_address(market: Market) -> None:
    email = market.user("manager").email
    tries = [sign_in(email, "wrong", client=f"9.9.9.{n}, 203.0.113.7") for n in range(6)]
    assert tries == [422] * 5 + [429]


def test_a_lock_ends_by_itself_whatever_is_tried_meanwhile(market: Market) -> None:
    email = market.user("manager").email
    guess = partial(sign_in, email, client="203.0.113.7")
    for _time in range(5):
        guess("wrong")
    for minute in range(1, 15):
        assert guess(GOOD, at=NOW + timedelta(minutes=minute)) == 429
    assert guess(GOOD, at=NOW + QUARTER) == 302


def test_the_page_says_how_long(market: Market) -> None:
    email = market.user("manager").email
    for _time in range(5):
        sign_in(email, "wrong", client="203.0.113.7")
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False), override_settings(PROXIES=0):
        answer = Client().post("/sign-in/", {"username": email, "password": GOOD}, REMOTE_ADDR="203.0.113.7")
    assert "Too many attempts. Please try again in 12 minutes." in answer.content.decode()


def test_the_right_password_forgets_what_was_wrong_before(market: Market) -> None:
    email = market.user("manager").email
    for _round in range(3):
        assert [sign_in(email, "wrong", client="203.0.113.7") for _time in range(4)] == [422] * 4
        assert sign_in(email, GOOD, client="203.0.113.7") == 302


def test_other_spellings_of_an_account_are_the_account(market: Market) -> None:
    email = market.user("manager").email
    for typed in (email, email.upper(), f" {email} ", email.title(), email):
        assert sign_in(typed, "wrong", client="203.0.113.7") == 422
    assert sign_in(email, "wrong", client="203.0.113.7") == 429


def test_a_line_that_sprays_many_accounts_is_stopped() -> None:
    assert [locked(f"a{n}@example.com", "203.0.113.7") for n in range(LINE.most + 1)] == [False] * LINE.most + [True]
    assert not locked("b@example.com", "203.0.113.8")


def test_a_network_that_sprays_is_stopped_as_a_whole() -> None:
    tries = [locked(f"a{n}@example.com", f"203.0.113.{n % 200}") for n in range(NETWORK.most + 1)]
    assert tries == [False] * NETWORK.most + [True]
    assert not locked("b@example.com", "203.0.114.1")


def test_an_ipv6_line_is_its_whole_64() -> None:
    tries = [locked("a@example.com", f"2001:db8:1:2::{n:x}") for n in range(PAIR.most + 1)]
    assert tries == [False] * PAIR.most + [True]
    assert not locked("a@example.com", "2001:db8:1:3::1")


def test_an_account_that_many_guess_is_slowed_down_for_a_minute() -> None:
    tries = [locked("a@example.com", f"10.{n}.0.1") for n in range(ACCOUNT.most + 1)]
    assert tries == [False] * ACCOUNT.most + [True]
    assert locked("a@example.com", "192.0.2.1", NOW + timedelta(seconds=59))
    assert not locked("a@example.com", "192.0.2.1", NOW + timedelta(minutes=1))


def test_one_line_alone_never_locks_an_account() -> None:
    for minute in range(0, 8 * 60, 5):
        locked("a@example.com", "203.0.113.7", NOW + timedelta(minutes=minute))
        assert not locked("a@example.com", f"192.0.{minute // 5 % 250}.1", NOW + timedelta(minutes=minute))


def test_an_unknown_client_locks_nobody_out_for_long() -> None:
    for _time in range(ACCOUNT.most):
        take_attempt("a@example.com", None, now=NOW)
    with pytest.raises(TooManyAttempts):
        take_attempt("a@example.com", None, now=NOW)
    take_attempt("a@example.com", None, now=NOW + timedelta(minutes=1))


def test_failures_long_ago_do_not_add_up() -> None:
    times = [NOW + n * QUARTER for n in range(20)]
    assert not any(locked("a@example.com", "203.0.113.7", at) for at in times)


def test_counts_that_say_nothing_any_more_go() -> None:
    take_attempt("a@example.com", read_address("203.0.113.7"), now=NOW)
    take_attempt("b@example.com", None, now=NOW + KEPT + timedelta(seconds=1))
    assert [row.subject for row in FailedAttempts.objects.all()] == ["account b@example.com"]


def test_guessing_the_present_password_is_limited_too(market: Market) -> None:
    client, user = client_of(market.people["user"]), market.user("user")
    new = {"new_password1": "red bicycle under rain", "new_password2": "red bicycle under rain"}
    statuses = [client.post("/profile/password/", {**new, "old_password": "wrong"}).status_code for _time in range(6)]
    assert statuses == [422] * 5 + [429]
    answer = client.post("/profile/password/", {**new, "old_password": GOOD})
    assert answer.status_code == 429
    assert "Too many attempts." in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(GOOD)


def test_the_right_password_is_confirmed_and_not_counted() -> None:
    user, client = UserFactory.create(), read_address("203.0.113.7")
    assert all(confirm_password(user, GOOD, client, now=NOW) for _time in range(PAIR.most * 3))
    assert not confirm_password(user, "wrong", client, now=NOW)
    assert {row.count for row in FailedAttempts.objects.all()} == {1}


def test_asking_for_links_is_limited(market: Market) -> None:
    asked = [BROWSER.post("/sign-in/link/", {"email": f"a{n}@example.com"}).status_code for n in range(11)]
    assert asked == [200] * 10 + [429]
    assert mail.outbox == []
