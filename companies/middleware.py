"""Puts the member on the request: who signed in, acting for which company."""

from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from companies.members import Member
from companies.models import Membership
from core.prepared import Prepared

SESSION_KEY = "membership"


def _usable(user: int) -> QuerySet[Membership]:
    rows = Membership.objects.filter(user_id=user, is_active=True, company__is_active=True)
    return rows.select_related("company__marketplace", "user")


CHOSEN = Prepared(lambda user, pk: _usable(user).filter(pk=pk), count=2)
FIRST = Prepared(lambda user: _usable(user).order_by("pk")[:1])


def member_of(request: HttpRequest) -> Member | None:
    """The signed-in person's chosen membership, or their first; read afresh, so that a lost role counts at once."""
    if not request.user.is_authenticated:
        return None
    user = request.user.pk
    chosen = request.session.get(SESSION_KEY)
    found = CHOSEN.rows(user, chosen) if chosen else []
    found = found or FIRST.rows(user)
    return Member(found[0]) if found else None


class MemberMiddleware:
    """Sets ``request.member`` (a Member, or None for a visitor); days and hours are the marketplace's from here on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = member_of(request)
        request.member = member  # type: ignore[attr-defined]
        if member is None:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and member.user.language:
            translation.activate(member.user.language)
        with timezone.override(member.marketplace.zone):
            return self.get_response(request)
