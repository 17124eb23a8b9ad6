"""The stand-in for Stripe that a demo starts, so that cards can be saved and charged without an account anywhere."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

ACCOUNT = "standin"
KEY = "sk_test_standin"
HOOK = "/payments/webhooks/stripe/{account}/"
"""Where the product takes webhooks of an account."""
ON = {"1", "true", "yes", "on"}


def needs_stand_in(env: Mapping[str, str]) -> bool:
    """Whether this is a demo in which nobody named an account."""
    return env.get("OFFSET_DEMO", "").strip().lower() in ON and not env.get("OFFSET_STRIPE_KEYS")


class Standin:
    """How it is started, and what the other parts are told about it. It keeps its state in the data folder."""

    def __init__(self, data: Path, product: str) -> None:
        port = free_port()
        secret = f"whsec_{secrets.token_urlsafe(24)}"
        self.address = f"http://127.0.0.1:{port}"
        self.env = {
            "OFFSET_STRIPE_KEYS": f"{ACCOUNT}={KEY}",
            "OFFSET_STRIPE_WEBHOOK_SECRETS": f"{ACCOUNT}={secret}",
            "OFFSET_STRIPE_ADDRESS": self.address,
        }
        self.command = [
            *("-m", "payments.gateway.standin", "--port", str(port), "--state", str(data / "standin.sqlite3")),
            *("--key", KEY, "--hook", product + HOOK.format(account=ACCOUNT), "--hook-secret", secret, "--pause", "20"),
        ]


def free_port() -> int:
    """A port that the system has free; never a usual one, which another product beside this may be about to take."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
