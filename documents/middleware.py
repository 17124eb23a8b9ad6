"""Tells renderers that a page asks, and whose it is."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from documents.renderer import turns


class PageMiddleware:
    """While a page is answered, its renderers are shared as ``documents.renderer.turns`` says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with turns.page_of(lambda: request.user.pk):
            return self.get_response(request)
