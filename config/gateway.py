"""The accounts at Stripe that this installation may use, from the environment: keys are never in the database.

An account is named as `GatewayAccount` names it; several are separated by commas. What is wrong is told without the
keys.
"""

import re

from django.core.exceptions import ImproperlyConfigured

from config.readers import address, names

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]+")
_SECRET = re.compile(r"whsec_[\x21-\x7e]+")
_LIVE = re.compile(r"(?:sk|rk)_live_")


def keys(name: str) -> dict[str, str]:
    """Read the secret key of each account."""
    found: dict[str, str] = {}
    for account, key in _pairs(name, _KEY, "northwind=sk_live_..."):
        if account in found:
            raise ImproperlyConfigured(f"{name} names {account} twice")
        found[account] = key
    return found


def webhook_secrets(name: str) -> dict[str, list[str]]:
    """Read what the webhooks of each account are signed with: two for one account while it is being changed."""
    found: dict[str, list[str]] = {}
    for account, secret in _pairs(name, _SECRET, "northwind=whsec_..."):
        found.setdefault(account, []).append(secret)
    return found


def other_address(name: str, keys_name: str) -> str:
    """Read the address that is asked instead of Stripe's own: of a stand-in, so never with a key for real money."""
    value = address(name, "")
    if value and any(_LIVE.match(key) for key in keys(keys_name).values()):
        raise ImproperlyConfigured(f"{name} is for tests, but {keys_name} has a key for real money")
    return value


def _pairs(name: str, form: re.Pattern[str], example: str) -> list[tuple[str, str]]:
    found = []
    for part in names(name, ""):
        account, _equals, value = (each.strip() for each in part.partition("="))
        if not _NAME.fullmatch(account) or not form.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must look like {example}, several separated by commas")
        found.append((account, value))
    return found
