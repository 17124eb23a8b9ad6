"""What goes wrong when a gateway is asked, told apart by what may be done next.

A declined card is no error: it is an ``Outcome`` that failed. What is here leaves open, or rules out, that the call had
an effect; a handler of the outbox lets each of them pass.
"""

from core.outbox import Permanent, TryLater


class GatewayRefused(Exception):
    """The gateway refuses what was asked (an amount too large, an object in another state): this call had no effect.

    An earlier call with the same key may have had one, so look the object up first; only when it isn't there is this
    final. ``code`` is the provider's word, ``text`` its sentence, for finance and never for customers.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


class Misconfigured(TryLater):
    """The key, the account or its rights are wrong: nothing was done, and nothing will be until a person mends it.

    The job is tried again, so that it goes on by itself afterwards; whoever catches it raises an alarm.
    """


class NotFound(Misconfigured):
    """The gateway knows no such object in this account and mode.

    No refusal: what we have a reference of was made once, so that the key is another account's.
    """


class OutcomeUnknown(TryLater):
    """No answer, or one that leaves open whether it was done: ask again with the same key, or look it up.

    Never a failure: only what is read from the gateway later closes the row.
    """


class KeyMisused(Permanent):
    """The same idempotency key was sent with another content: a defect of ours. Never a reason to take a new key."""
