"""What becomes of a form whose page is too old: nothing is changed, and what was typed waits for signing in again."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve

from companies.views.session import sign_in_page
from web.access import is_partial, viewer
from web.expired import opens, part_expired, send_again, typed_of


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Django's ``CSRF_FAILURE_VIEW``: a form of our own is kept; one of another site, or too long, is only refused."""
    if is_partial(request):
        return part_expired(request)
    typed = typed_of(request) if getattr(resolve(request.path).func, "login_required", True) else None
    if typed is None:
        return render(request, "403_csrf.html", {"again": opens(request.get_full_path())}, status=403)
    if request.user.is_authenticated:
        return send_again(request, typed, member=viewer(request), status=403)
    return sign_in_page(request, typed=typed, status=403)


class SignInFirst(LoginRequiredMiddleware):
    """Visitors sign in first, and keep what they typed; a part of a page is told so, not sent to another page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        """The sign-in page: behind a redirect, or, where a form was sent, with its fields."""
        if is_partial(request):
            return part_expired(request)
        typed = typed_of(request) if request.method == "POST" else None
        if typed is not None:
            return sign_in_page(request, typed=typed, status=403)
        return super().handle_no_permission(request, view_func)
