"""A session ends when nobody used it for half an hour, at the cost of one write a minute, not one per request."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

REFRESH_SECONDS = 60
SEEN = "seen"


class KeepSession:
    """Note the use of a session, at most once a minute; saving it moves its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, then push the session's end away when its last note is old."""
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.is_empty() and time.time() - session.get(SEEN, 0) > REFRESH_SECONDS:
            session[SEEN] = int(time.time())
        return response
