"""Puts the member on the request: who signed in, acting for which company."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from companies.backends import usable_memberships
from companies.members import Member
from core.formats import set_reader

SESSION_KEY = "membership"


def member_of(request: HttpRequest) -> Member | None:
    """The signed-in person's chosen membership, or their first; read afresh, so that a lost role counts at once."""
    if not request.user.is_authenticated:
        return None
    found = usable_memberships(request.user)
    chosen = request.session.get(SESSION_KEY)
    membership = next((each for each in found if each.pk == chosen), found[0] if found else None)
    return Member(membership) if membership else None


class MemberMiddleware:
    """Sets ``request.member`` (a Member, or None for a visitor); days and hours are the marketplace's from here on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = member_of(request)
        request.member = member  # type: ignore[attr-defined]
        if member is None:
            return self.get_response(request)
        language = member.user.language or member.membership.language
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language:
            set_reader(language)
        with timezone.override(member.marketplace.zone):
            return self.get_response(request)
