"""`/health/live` and `/health/ready`, for proxies and supervisors: before hosts, HTTPS, sessions and sign-in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.health import HEALTH

PATHS = {"/health/live": "live", "/health/ready": "ready"}


class Health:
    """Answers these two addresses and nothing else; what is wrong stands in the log, not in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """*live*: this process answers. *ready*: so do the parts that it stands on."""
        asked = PATHS.get(request.path_info)
        if asked is None:
            return self.get_response(request)
        is_well = asked == "live" or not HEALTH.problems()
        text, status = ("ok", 200) if is_well else ("not ready", 503)
        answer = HttpResponse(text, content_type="text/plain", status=status, headers={"Cache-Control": "no-store"})
        answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - by core.health, once, not per question
        return answer
