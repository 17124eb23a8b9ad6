"""Who uses a page and what they may reach: the view that every signed-in page is built on, and its look-ups."""

import logging
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import View
from django_htmx.middleware import HtmxDetails

from companies.members import Member
from core.ids import MAX_ID, read_id

logger = logging.getLogger("offset.access")
Row = TypeVar("Row", bound=Model)


def viewer(request: HttpRequest) -> Member | None:
    """The request's member; None for visitors, and for people whose last membership ended."""
    return cast("Member | None", getattr(request, "member", None))


def member_of(request: HttpRequest) -> Member:
    """The request's member, where only members come; raises PermissionDenied for everybody else."""
    member = viewer(request)
    if member is None:
        raise PermissionDenied
    return member


def is_partial(request: HttpRequest, target: str = "") -> bool:
    """Whether htmx asks for a part of a page, the one called ``target`` where it is given; Back asks for all of it."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.history_restore_request and target in ("", htmx.target)


def require(request: HttpRequest, permission: str, obj: object | None = None) -> None:
    """Raise PermissionDenied, and log it, unless the request's member holds the permission."""
    member = viewer(request)
    if member is None or not member.may(permission, obj):
        logger.warning(
            "permission refused",
            extra={"permission": permission, "user": request.user.pk, "path": request.path, "method": request.method},
        )
        raise PermissionDenied(permission)


def one_or_404(rows: QuerySet[Row], pk: int) -> Row:
    """The row with this id among those that the member sees; every other id is Not found (I20)."""
    found = rows.filter(pk=pk).first() if 0 < pk <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def ids_or_404(texts: Sequence[str], *, most: int = 100) -> list[int]:
    """What a bulk action was sent as ids, each once and in order; more than ``most``, or no id at all, is Not found."""
    ids = list(dict.fromkeys(map(read_id, texts)))
    if len(texts) > most or 0 in ids:
        raise Http404
    return ids


def chosen_or_404(rows: QuerySet[Row], texts: Sequence[str], *, most: int = 100) -> list[Row]:
    """The rows of a bulk action, by id. One that the member doesn't see makes the whole batch Not found."""
    wanted = ids_or_404(texts, most=most)
    found = list(rows.filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise Http404
    return found


class MemberView(View):
    """A page for members: no membership gives its own page, a missing permission 403."""

    permission: str = ""
    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for the page's permission before its own code runs."""
        if viewer(request) is None:
            return render(request, "registration/no_membership.html", status=403)
        if self.permission:
            require(request, self.permission)
        response = super().dispatch(request, *args, **kwargs)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response

    @property
    def member(self) -> Member:
        """The request's member; ``dispatch`` lets nobody in without one."""
        return member_of(self.request)
