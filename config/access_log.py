"""One log line for each request, and its id: in the answer, in all lines, and in the work that it leaves behind."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.logs import shown_path
from core import request_ids

HEADER = "X-Request-ID"
log = logging.getLogger("offset.access")


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
            response = self.get_response(request)
            response[HEADER] = request_ids.current()
            self._write(request, response, time.perf_counter() - began)
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
