"""Typed readers of environment variables: a value that cannot be understood stops the start, in words."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"


def text(name: str, default: str) -> str:
    """Read a text; an empty variable counts as absent."""
    value: str = env.str(name, default="")
    return value.strip() or default


def switch(name: str, *, default: bool) -> bool:
    """Read a yes or no; a word that is neither is an error, never a silent no."""
    value = text(name, "yes" if default else "no").lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no")
    return value in TRUE


def number(name: str, default: int, *, least: int = 0) -> int:
    """Read a whole number that is at least `least`."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {least} up")
    return int(value)


def names(name: str, default: str) -> list[str]:
    """Read a comma-separated list without empty entries."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(name: str, file: Path) -> dict[str, Any]:
    """Read a database's address, SQLite or PostgreSQL; an absent one gives the SQLite `file`."""
    value = text(name, "")
    if not value:
        return {"ENGINE": SQLITE, "NAME": file}
    found: dict[str, Any] = {}
    try:
        if "://" in value:
            found = env.db_url_config(value)
    except (ValueError, KeyError, AttributeError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is not a database address: {error}") from None
    if found.get("ENGINE") not in {SQLITE, POSTGRESQL} or not found.get("NAME"):
        raise ImproperlyConfigured(f"{name} must be sqlite:///<file> or postgres://user:password@host:port/name")
    return found


def mail(name: str) -> dict[str, Any]:
    """Read the mail server's address as Django settings; an absent one gives none."""
    value = text(name, "")
    if not value:
        return {}
    found: dict[str, Any] = env.email_url_config(value)
    if not found.get("EMAIL_HOST") or not found.get("EMAIL_PORT"):
        raise ImproperlyConfigured(f"{name} must name host and port, as in smtp://user:password@host:587")
    found.pop("EMAIL_FILE_PATH", None)
    return {key: value for key, value in found.items() if value is not None}


PROVIDERS = frozenset(
    ["amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend",
     "scaleway", "sendgrid", "sparkpost", "unisender_go"]
)  # fmt: skip
"""What django-anymail can send through."""


def provider(name: str, options: str) -> dict[str, Any]:
    """Read a mail provider's name and its settings ("api_key=..., sender_domain=...") as Django settings."""
    value = text(name, "").lower()
    if not value:
        return {}
    if value not in PROVIDERS:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(sorted(PROVIDERS))}")
    given = {}
    for part in names(options, ""):
        key, equals, setting = part.partition("=")
        if not equals or not key.strip():
            raise ImproperlyConfigured(f"{options} must look like api_key=...,sender_domain=...")
        given[f"{value}_{key.strip()}".upper()] = setting.strip()
    return {
        "EMAIL_BACKEND": f"anymail.backends.{value}.EmailBackend",
        "ANYMAIL": {**given, "REQUESTS_TIMEOUT": 10},
    }


def bucket(name: str) -> dict[str, Any]:
    """Read the address of an S3-compatible bucket as the options of its storage; an absent one gives none."""
    value = text(name, "")
    if not value:
        return {}
    parts = urlsplit(value)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    options = {"endpoint": "endpoint_url", "region": "region_name"}
    if parts.scheme != "s3" or not parts.hostname or parts.netloc != parts.hostname or not set(asked) <= set(options):
        raise ImproperlyConfigured(f"{name} must be s3://bucket/prefix?endpoint=https://host&region=name")
    found = {"bucket_name": parts.hostname, "location": parts.path.strip("/")}
    return found | {options[word]: given for word, given in asked.items() if given}


def secret(name: str, file: Path) -> str:
    """Read the secret key, or the one kept in `file`, which is made once and readable by its owner alone."""
    given = text(name, "")
    if given:
        return given
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    if not file.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            os.link(draft, file)  # Two processes that start at once agree on the first one's key.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
