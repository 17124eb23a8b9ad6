"""Words are English for everybody; figures and dates are written, and read, as each reader's language does."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core.formats import read_by


class ReaderMiddleware:
    """Takes the reader's language from the cookie or the browser; whoever signs in brings their own later.

    The pages stay in ``LANGUAGE_CODE`` until there are catalogues of the others: half of a page in another language,
    which Django's own catalogues would give, helps nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE), read_by(translation.get_language_from_request(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
        patch_vary_headers(response, ("Accept-Language",))
        return response


DOWNLOADING = "downloading"
"""The cookie by which `static/js/busy.js` waits for a file: the page stays, and the browser tells it nothing."""


class DownloadMiddleware:
    """Takes the cookie of a page that waits away with the head of every file that is saved, not shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if DOWNLOADING in request.COOKIES and response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.delete_cookie(DOWNLOADING, samesite="Lax")
        return response
