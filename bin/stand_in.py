"""The stand-in for Stripe that a demo starts, so that cards can be saved and charged without an account anywhere."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

ACCOUNT = "standin"
KEY = "sk_test_standin"
HOOK = "/payments/webhooks/stripe/{account}/"
"""Where the product takes webhooks of an account."""
USUAL_PORT = 12111
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
    """The usual port, or any other when that one is taken."""
    for port in (USUAL_PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")
