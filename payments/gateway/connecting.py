"""A gateway that is ready, from its secret key or by its name; what it needs is loaded here and not before."""

from functools import lru_cache

from django.conf import settings

from payments.gateway.errors import Misconfigured
from payments.gateway.protocol import Gateway


def account(name: str) -> Gateway:
    """The account of this name in the environment. Raises Misconfigured when it has no key there. For workers only."""
    key = settings.STRIPE_KEYS.get(name)
    if key is None:
        raise Misconfigured(f"OFFSET_STRIPE_KEYS has no key for the account {name}")
    return _kept(key, settings.STRIPE_ADDRESS)


def webhook_secrets(name: str) -> list[str]:
    """What webhooks of this account are signed with; none when nothing is known of it. For the web process."""
    found: list[str] = settings.STRIPE_WEBHOOK_SECRETS.get(name, [])
    return found


def is_live(name: str) -> bool | None:
    """Whether real money moves by this account; None when it has no key. Loads nothing."""
    key = settings.STRIPE_KEYS.get(name)
    return None if key is None else "_live_" in key[:8]


@lru_cache(maxsize=32)
def _kept(key: str, base_address: str) -> Gateway:
    """One for each worker: its connections stay open between jobs."""
    return connect(key, base_address=base_address)


def connect(secret_key: str, *, base_address: str = "") -> Gateway:
    """The account at Stripe that this key opens, or at the server of ``base_address``, such as our stand-in.

    Only workers call it: it loads Stripe's library.
    """
    from payments.gateway.stripe_adapter import StripeGateway

    return StripeGateway(secret_key, base_address=base_address)
