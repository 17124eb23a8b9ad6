"""Errors of Stripe's library in our words; imported by workers only, as the library is."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from payments.gateway.errors import GatewayRefused, KeyMisused, Misconfigured, NotFound, OutcomeUnknown

BAD_REQUEST, MISSING = 400, 404


@contextmanager
def translated() -> Iterator[None]:
    """Raise what ``payments.gateway.errors`` says for whatever goes wrong inside.

    A 402 gets here only from calls that are no charge. Whatever is not known to have had no effect is unknown.
    """
    try:
        yield
    except stripe.IdempotencyError as error:
        raise KeyMisused(_text(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Misconfigured(_text(error)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == MISSING or error.code == "resource_missing":
            raise NotFound(_text(error)) from error
        raise GatewayRefused(error.code or "invalid_request", _text(error)) from error
    except stripe.CardError as error:
        raise GatewayRefused(error.code or "card_declined", _text(error)) from error
    except stripe.StripeError as error:
        raise OutcomeUnknown(_text(error)) from error


def _text(error: stripe.StripeError) -> str:
    """What Stripe says, shortened: it goes into the trail and the log, and holds no secret."""
    return str(error.user_message or error)[:500]
