"""Our minor units and Stripe's: the same number for most currencies, and not for these (pure).

Sources: Stripe's page on currencies (zero-decimal, special and three-decimal ones) against ISO 4217. ISK and UGX have
no decimals but are sent with two; MGA has two here and none there; amounts in thousandths must end in 0.
"""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from core.money import EXPONENTS, plain_amount

TIMES_100: Final = frozenset({"ISK", "UGX"})
"""Whole units here, hundredths there."""
BY_100: Final = frozenset({"MGA"})
"""Hundredths here, whole units there."""
ENDS_IN_0: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Thousandths on both sides, of which cards know only hundredths."""
NOT_OFFERED: Final = frozenset({"IQD", "LYD"})


class NotChargeable(Refusal):
    """An amount that the gateway can't move; the words say which one would do."""

    code = "not_chargeable"
    text = gettext_lazy("The payment provider can't take this amount.")


def is_offered(currency: str) -> bool:
    """Whether amounts in this currency can be moved by the gateway at all."""
    return currency in EXPONENTS and currency not in NOT_OFFERED


def check_chargeable(amount: int, currency: str) -> None:
    """Refuse, beside the field ``amount``, what can't be said in Stripe's units. ``amount`` is in minor units, > 0."""
    to_provider(amount, currency)


def to_provider(amount: int, currency: str) -> int:
    """Our minor units in Stripe's. Raises NotChargeable for what has no exact counterpart."""
    if not is_offered(currency):
        raise NotChargeable(
            _("The payment provider takes no %(currency)s. Record this payment off-platform.") % {"currency": currency},
            field="amount",
        )
    if currency in TIMES_100:
        return amount * 100
    if currency in BY_100:
        _refuse_remainder(amount, 100, currency)
        return amount // 100
    if currency in ENDS_IN_0:
        _refuse_remainder(amount, 10, currency)
    return amount


def _refuse_remainder(amount: int, step: int, currency: str) -> None:
    """Refuse an amount that is no multiple of the step, naming the nearest ones that are."""
    if amount % step == 0:
        return
    below = amount - amount % step
    values = {"currency": currency, "above": plain_amount(below + step, currency=currency)}
    if below:
        below_text = plain_amount(below, currency=currency)
        text = _("The payment provider can't take this amount: enter %(currency)s %(below)s or %(above)s.")
        raise NotChargeable(text % {**values, "below": below_text}, field="amount")
    text = _("The payment provider can't take this amount: enter at least %(currency)s %(above)s.")
    raise NotChargeable(text % values, field="amount")


def from_provider(amount: int, currency: str) -> int:
    """Stripe's units in our minor units. Raises ValueError for what can't be an amount of this currency."""
    if currency not in EXPONENTS:
        raise ValueError(f"{currency} is no currency of ours")
    if currency in TIMES_100:
        if amount % 100:
            raise ValueError(f"{amount} hundredths of {currency} are no whole units")
        return amount // 100
    return amount * 100 if currency in BY_100 else amount
