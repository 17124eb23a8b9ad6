"""A gateway that is ready, from its secret key; what it needs is loaded here and not before."""

from payments.gateway.protocol import Gateway


def connect(secret_key: str, *, base_address: str = "") -> Gateway:
    """The account at Stripe that this key opens, or at the server of ``base_address``, such as our stand-in.

    Only workers call it: it loads Stripe's library.
    """
    from payments.gateway.stripe_adapter import StripeGateway

    return StripeGateway(secret_key, base_address=base_address)
