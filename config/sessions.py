"""A session ends when nobody used it for half an hour, at the cost of one write a minute, not one per request."""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

REFRESH_SECONDS = 60
SEEN = "seen"
FAILED = 500
_LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Sessions in the database; every request reads one, so its statement is written out."""

    def load(self) -> dict[str, Any]:
        """What the session holds; one that ended or never was is empty and gets a new key when it is filled."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(_LOAD, [self.session_key, now])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return dict(self.decode(row[0]))


class KeepSession:
    """Note the use of a session, at most once a minute; saving it moves its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, then push the session's end away when its last note is old."""
        response = self.get_response(request)
        session = request.session
        if response.status_code >= FAILED:  # Perhaps because the session can't be read; Django saves none either.
            return response
        if session.accessed and not session.is_empty() and time.time() - session.get(SEEN, 0) > REFRESH_SECONDS:
            session[SEEN] = int(time.time())
        return response
