"""Typed readers of environment variables: a value that cannot be understood stops the start, in words."""

import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

env = environ.Env()

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_HOST = re.compile(r"[\w:.-]+$")
_ANSWERED = re.compile(r"(\*|\.?\w[\w.-]*|\[[0-9a-fA-F:.]+\])$")


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
    """Read a database's address, SQLite or PostgreSQL; an absent one is the SQLite `file`, in demo and debug only."""
    found = optional_database(name)
    if found:
        return found
    if not switch("OFFSET_DEMO", default=False) and not switch("OFFSET_DEBUG", default=False):
        raise ImproperlyConfigured(
            f"{name} is missing: name the database, as postgres://user:password@host:port/name, or ask for SQLite by"
            " sqlite:////folder/file"
        )
    return {"ENGINE": SQLITE, "NAME": file}


def optional_database(name: str) -> dict[str, Any]:
    """Read a database's address; an absent one gives none."""
    value = text(name, "")
    if not value:
        return {}
    found: dict[str, Any] = {}
    try:
        if "://" in value:
            found = env.db_url_config(value)
    except (ValueError, KeyError, AttributeError, environ.ImproperlyConfigured):
        found = {}  # The library's words may hold a part of the password.
    if found.get("ENGINE") not in {SQLITE, POSTGRESQL} or not found.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} must be sqlite:////folder/file or postgres://user:password@host:port/name"
            " (with %2F, %23, %40 for / # @ inside the password)"
        )
    return found


def address(name: str, default: str) -> str:
    """Read the address of a web site, without a slash at its end."""
    value = text(name, default).rstrip("/")
    if value and not _is_site(value, path=True):
        raise ImproperlyConfigured(f"{name}={value!r} must be an address like https://billing.example.com")
    return value


def origins(name: str) -> list[str]:
    """Read web sites, separated by commas, each without a path."""
    found = names(name, "")
    wrong = [each for each in found if not _is_site(each.replace("://*.", "://", 1), path=False)]
    if wrong:
        raise ImproperlyConfigured(f"{name}: {wrong[0]!r} must be scheme and host, like https://billing.example.com")
    return found


def _is_site(value: str, *, path: bool) -> bool:
    try:
        parts = urlsplit(value)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return False
    rest = parts.query or parts.fragment or parts.username or (parts.path if not path else "")
    return port_is_number and parts.scheme in {"http", "https"} and bool(_HOST.match(parts.hostname or "")) and not rest


def hosts(name: str, default: str) -> list[str]:
    """Read the host names that are answered, separated by commas: no scheme, port or path."""
    found = names(name, default)
    wrong = [each for each in found if not _ANSWERED.match(each)]
    if wrong:
        raise ImproperlyConfigured(f"{name}: {wrong[0]!r} must be a host name alone, like billing.example.com")
    return found


def broker(name: str, default: str) -> str:
    """Read the address of a Redis or Valkey."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        is_host = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_host = False
    if value and not is_host and not re.match(r"redis\+socket:///\S", value):
        raise ImproperlyConfigured(f"{name} must be redis://:password@host:port/0 or redis+socket:///path")
    return value


def log_level(name: str) -> str:
    """Read how much is logged; INFO when nothing is said."""
    value = text(name, "INFO").upper()
    if value not in LEVELS:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(LEVELS)}")
    return value


def sender(name: str, default: str) -> str:
    """Read who sends all mails, as an address or `Name <address>`; it must be said where mails leave the machine."""
    value = text(name, "")
    leaves = [each for each in ("OFFSET_SMTP_URL", "OFFSET_MAIL_PROVIDER") if text(each, "")]
    if not value and leaves:
        raise ImproperlyConfigured(f"{name} is missing: {leaves[0]} sends mails, so say from which address")
    if value:
        try:
            validate_email(parseaddr(value)[1])
        except ValidationError:
            raise ImproperlyConfigured(f"{name}={value!r} is no e-mail address") from None
    return value or default


def mail(name: str) -> dict[str, Any]:
    """Read the mail server's address as Django settings; an absent one gives none."""
    value = text(name, "")
    if not value:
        return {}
    try:
        found: dict[str, Any] = env.email_url_config(value)
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        found = {}
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
