"""Every variable that the product reads, and how: the one table by which a start says at once all that is wrong."""

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import gateway, readers, sentry

PREFIX = "OFFSET_"
FOR_TESTS = "OFFSET_TEST_"
"""What begins so is between the parts of the suite."""

_TEXT = partial(readers.text, default="")
_SWITCH = partial(readers.switch, default=False)
_NUMBER = partial(readers.number, default=0)

KNOWN: dict[str, Callable[[str], object]] = {
    "DATABASE_OWNER_URL": readers.optional_database,
    "DATABASE_URL": partial(readers.database, file=Path("offset.sqlite3")),
    "OFFSET_BIND": _TEXT,
    "OFFSET_BROKER_URL": partial(readers.broker, default=""),
    "OFFSET_CJK_FONT": _TEXT,
    "OFFSET_COLLECTED_STATIC": _SWITCH,
    "OFFSET_CONNECTION_AGE": _NUMBER,
    "OFFSET_DATA": _TEXT,
    "OFFSET_DEBUG": _SWITCH,
    "OFFSET_DEMO": _SWITCH,
    "OFFSET_DOCUMENTS": _TEXT,
    "OFFSET_DOCUMENTS_STORAGE": readers.bucket,
    "OFFSET_ENV_FILE": _TEXT,
    "OFFSET_HOSTS": partial(readers.hosts, default=""),
    "OFFSET_HTTPS": _SWITCH,
    "OFFSET_KEEP_WORK": partial(readers.number, default=90, least=1),
    "OFFSET_LOG_LEVEL": readers.log_level,
    "OFFSET_MAIL_FROM": partial(readers.sender, default=""),
    "OFFSET_MAIL_PROVIDER": partial(readers.provider, options="OFFSET_MAIL_PROVIDER_SETTINGS"),
    "OFFSET_MAIL_PROVIDER_SETTINGS": _TEXT,
    "OFFSET_METRICS_PORT": _NUMBER,
    "OFFSET_ORIGINS": readers.origins,
    "OFFSET_OWNER_ENV_FILE": _TEXT,
    "OFFSET_PORT": _NUMBER,
    "OFFSET_PROXIES": _NUMBER,
    "OFFSET_PUBLIC_URL": partial(readers.address, default=""),
    "OFFSET_RESTORED": _SWITCH,
    "OFFSET_SECRET_KEY": _TEXT,
    "OFFSET_SENTRY_DSN": sentry.dsn,
    "OFFSET_SMTP_URL": readers.mail,
    "OFFSET_STATEMENT_TIMEOUT": _NUMBER,
    "OFFSET_STRIPE_ADDRESS": partial(gateway.other_address, keys_name="OFFSET_STRIPE_KEYS"),
    "OFFSET_STRIPE_KEYS": gateway.keys,
    "OFFSET_STRIPE_WEBHOOK_SECRETS": gateway.webhook_secrets,
    "OFFSET_UPLOADS": _TEXT,
    "OFFSET_USER": _TEXT,
}
"""How each variable is read; a reader raises ImproperlyConfigured. docs/operations.md says what each means."""

OF_THE_SUITE = {"OFFSET_CHROMIUM", "OFFSET_REQUIRE", "OFFSET_STRIPE_TEST_KEY", "OFFSET_WITNESS"}


def check() -> None:
    """Read everything once; raises ImproperlyConfigured with a line for each fault."""
    faults = dict.fromkeys([*_unknown(), *_unreadable()])
    if faults:
        raise ImproperlyConfigured("\n".join(faults))


def _unknown() -> Iterator[str]:
    for name in sorted(os.environ.keys() - KNOWN.keys() - OF_THE_SUITE):
        if name.startswith(PREFIX) and not name.startswith(FOR_TESTS):
            near = get_close_matches(name, KNOWN, 1)
            yield f"{name} is no setting of Offset" + (f"; did you mean {near[0]}?" if near else "")


def _unreadable() -> Iterator[str]:
    for name, read in KNOWN.items():
        try:
            read(name)
        except ImproperlyConfigured as fault:
            yield str(fault)
