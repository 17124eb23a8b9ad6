"""A checkout token made on the machine works, and is revoked there."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from limits.models import CheckoutToken
from limits.operations.tokens import digest_of
from limits.tasks import expire_reservations
from tests.factories.limits import ask
from tests.factories.world import NOW, make_market


def test_a_token_is_made_and_revoked(db: None) -> None:
    make_market()
    out = StringIO()
    call_command("checkout_token", "north", "Shop", stdout=out)
    token = CheckoutToken.objects.get(digest=digest_of(out.getvalue().strip()))
    assert (token.name, token.created_by_id, token.revoked_at) == ("Shop", None, None)
    with pytest.raises(CommandError, match="Another token"):
        call_command("checkout_token", "north", "Shop", stdout=out)
    call_command("checkout_token", "north", "Shop", revoke=True, stdout=out)
    token.refresh_from_db()
    assert token.revoked_at is not None
    for marketplace, name in (("north", "Shop"), ("nowhere", "Shop")):
        with pytest.raises(CommandError):
            call_command("checkout_token", marketplace, name, revoke=True, stdout=out)


def test_the_clock_marks_what_ran_out(db: None) -> None:
    market = make_market()
    answer = ask(market, 1, key="order 1")
    assert answer.reservation is not None
    assert answer.reservation.expires_at > NOW
    expire_reservations()
    answer.reservation.refresh_from_db()
    assert answer.reservation.state == "expired"
