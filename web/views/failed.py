"""What somebody reads when their request failed: whose fault it is, what became of it, and its id in the log."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from core import request_ids
from core.away import is_away

RETRY_AFTER = 10
"""Seconds after which a program should ask again when the database is away."""


def failed(_request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``: while the database is away 503 and when to come back, else 500.

    The pages ask nothing of the database, nor of the request, which may be what failed.
    """
    away = is_away(sys.exc_info()[1])
    page = get_template("503.html" if away else "500.html").render({"request_id": request_ids.current()})
    if away:
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponse(page, status=500)
