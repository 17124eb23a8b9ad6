"""Errors go to Sentry, or whatever speaks its protocol, when ``OFFSET_SENTRY_DSN`` names one; else nothing is loaded.

What is sent are the places in the code and the request's id. Texts of errors and messages stay in the log, where the id
finds them: they may name people, addresses and amounts. So nothing of a request is sent, and no variables.
"""

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.readers import text
from core import request_ids
from core.away import is_away


def dsn(name: str) -> str:
    """Read the address that events go to; absent means nowhere."""
    value = text(name, "")
    if value:
        from sentry_sdk.utils import BadDsn, Dsn

        try:
            Dsn(value)
        except BadDsn:
            raise ImproperlyConfigured(f"{name} must look like https://key@host/number") from None
    return value


def start(address: str) -> None:
    """Send what is logged as an error from now on; does nothing without an address."""
    if not address:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=address,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            AtexitIntegration(callback=lambda _pending, _timeout: None),
        ],
        before_send=stripped,
        include_local_variables=False,
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_metrics=False,
        release="offset",  # Without one it would ask git.
    )


def stripped(event: Any, hint: dict[str, Any]) -> Any:
    """The event without texts that may hold data, under the request's id; None where only the database is away."""
    error = (hint.get("exc_info") or (None, None, None))[1]
    if is_away(error):
        return None
    for each in event.get("exception", {}).get("values", ()):
        each.pop("value", None)
    told = event.get("logentry", {}).get("message", "")
    event["logentry"] = {"message": told}
    for name in ("extra", "request", "user", "breadcrumbs"):
        event.pop(name, None)
    request_id = request_ids.current()
    event["tags"] = {**event.get("tags", {}), **({"request": request_id} if request_id else {})}
    return event
