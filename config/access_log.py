"""One log line for each request, and its id: in the answer, in all lines, and in the work that it leaves behind."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from config.logs import shown_path
from core import metrics, request_ids

METHODS = {"GET", "HEAD", "POST"}
HEADER = "X-Request-ID"
log = logging.getLogger("offset.access")


class Statements:
    """Counts what goes to the database while it wraps a connection."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """One more, carried out."""
        self.count += 1
        return execute(*arguments)


def count(request: HttpRequest, status: int, seconds: float, statements: int) -> None:
    """Figures of one request; an address that leads nowhere has no view, and a method of one's own no name."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    method = request.method if request.method in METHODS else "other"
    metrics.REQUESTS.labels(view, method, status).inc()
    metrics.REQUEST_SECONDS.labels(view).observe(seconds)
    metrics.STATEMENTS.labels(view).observe(statements)


class AccessLog:
    """Gives each request its id and writes its line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under its id; only a proxy of ours may have given it one before."""
        told = request.headers.get(HEADER, "") if settings.PROXIES else ""
        with request_ids.working_for(request_ids.accepted(told)):
            began = time.perf_counter()
            statements = Statements()
            with connection.execute_wrapper(statements) if settings.METRICS_PORT else nullcontext():
                response = self.get_response(request)
            response[HEADER] = request_ids.current()
            seconds = time.perf_counter() - began
            self._write(request, response, seconds)
            if settings.METRICS_PORT:
                count(request, response.status_code, seconds, statements.count)
        return response

    def _write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        member = getattr(request, "member", None)
        fields = {
            "method": request.method,
            "path": shown_path(request.path),
            "status": response.status_code,
            "seconds": round(seconds, 3),
            "person": member and member.user.pk,
            "marketplace": member and member.marketplace.pk,
        }
        log.info("%s %s %s", fields["method"], fields["path"], fields["status"], extra=fields)
