"""Connecting a merchant of record to its account at a payment provider, from the terminal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from payments.models import GatewayAccount
from tests.factories.world import Market, make_market
from tests.support.verbs import noted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.STRIPE_KEYS = {"shop": "sk_test_shop", "live": "sk_live_shop"}
    settings.STRIPE_WEBHOOK_SECRETS = {"live": ["whsec_1"]}


def connect(account: str, *, merchant: str = "NORTH", marketplace: str = "north") -> str:
    out = StringIO()
    call_command("connect_gateway", marketplace, merchant, account, stdout=out)
    return out.getvalue()


def known() -> list[tuple[str, str, bool]]:
    return list(GatewayAccount.objects.order_by("pk").values_list("external_id", "mode", "is_active"))


def test_it_is_connected_and_told_where_events_go(market: Market) -> None:
    said = connect("shop")
    assert known() == [("shop", "test", True)]
    assert "test mode" in said
    assert "/payments/webhooks/stripe/shop/" in said
    assert "OFFSET_STRIPE_WEBHOOK_SECRETS" in said
    row = noted("merchant.gateway_connected")
    assert (row.object_id, row.after) == (market.merchant.pk, {"gateway_account": "shop", "gateway_mode": "test"})
    assert row.actor_label.startswith("Operator of the machine")


def test_another_account_takes_its_place_and_the_first_is_kept(market: Market) -> None:
    connect("shop")
    assert "real money" in connect("live")
    assert known() == [("shop", "test", False), ("live", "live", True)]
    connect("shop")
    assert known() == [("shop", "test", True), ("live", "live", False)]


def test_what_can_not_be_connected(market: Market) -> None:
    with pytest.raises(CommandError, match="no key for the account nobody"):
        connect("nobody")
    with pytest.raises(CommandError, match="no merchant 'X'"):
        connect("shop", merchant="X")
    connect("shop")
    make_market("south")
    with pytest.raises(CommandError, match="connected to another merchant"):
        connect("shop", merchant="SOUTH", marketplace="south")
    assert known() == [("shop", "test", True)]
