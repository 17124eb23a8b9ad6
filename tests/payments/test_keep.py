"""Keeping a small surplus, up to the marketplace's setting."""

import pytest

from companies.models import MarketplaceSettings
from core.errors import InvalidInput
from payments.domain.refusals import KeepsNothing, OverOnAccount, OverSmallDifference
from payments.models import KeptSurplus, Payment
from payments.operations import keep_surplus
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, key
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def generous(market: Market) -> Market:
    """Differences up to 1.00 may be kept."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=100)
    return market


def keep(market: Market, payment: Payment, amount: int, **extra: object) -> KeptSurplus:
    values: dict[str, object] = {"reason": "Rounded by the bank", "key": key(), **extra}
    return keep_surplus(payment=payment, amount=amount, actor=market.actor(), now=NOW, **values)  # type: ignore[arg-type]


def test_it_becomes_income(generous: Market) -> None:
    payment = receive(generous, 80)
    with listening():
        keep(generous, payment, 80)
    payment.refresh_from_db()
    assert (payment.kept, payment.on_account) == (80, 0)
    assert posted("payment.kept") == [[("unallocated", 80), ("small_differences", -80)]]
    assert noted("payment.kept").note == "Rounded by the bank"
    assert published("payment.kept")[0]["payment_id"] == payment.pk


def test_above_the_setting_it_is_refused_with_the_figure(generous: Market) -> None:
    payment = receive(generous, 500)
    with refused(OverSmallDifference, field="amount") as caught:
        keep(generous, payment, 101)
    assert "€1.00" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


def test_piece_by_piece_is_no_way_around(generous: Market) -> None:
    payment = receive(generous, 500)
    keep(generous, payment, 60)
    with refused(OverSmallDifference, field="amount"):
        keep(generous, payment, 41)


def test_without_the_setting_nothing_is_kept(market: Market) -> None:
    payment = receive(market, 500)
    with refused(KeepsNothing):
        keep(market, payment, 1)


def test_not_more_than_is_there(generous: Market) -> None:
    payment = receive(generous, 50)
    with refused(OverOnAccount, field="amount"):
        keep(generous, payment, 51)


def test_a_reason_is_needed(generous: Market) -> None:
    payment = receive(generous, 50)
    with refused(InvalidInput, field="reason"):
        keep(generous, payment, 50, reason="")
