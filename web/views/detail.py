"""The page of one thing, with the actions that its status and the member's role allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise

from web.access import MemberView, one_or_404, require, viewer


@dataclass(frozen=True, slots=True)
class Action:
    """A button at the top right; the likeliest comes first. ``in_dialog`` opens the verb's form over the page."""

    label: str | Promise
    url: str
    icon: str = ""
    in_dialog: bool = False
    key: str = ""
    tone: str = "secondary"


class DetailPage(MemberView):
    """One thing's page: its row among those the member sees, else 404; then the right on it, else 403."""

    template_name: str
    object_name: ClassVar[str] = "object"
    object: Any

    def queryset(self) -> QuerySet[Any]:
        """The things that this member may see, with what the page's header reads (``select_related``)."""
        raise NotImplementedError

    def actions(self) -> Iterable[Action]:
        """What can be done now: leave out what the status or the role does not allow."""
        return ()

    def context(self) -> dict[str, Any]:
        """Further values for the template."""
        return {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Load the thing and ask for the right on it before anything else."""
        if viewer(request) is not None:
            self.object = one_or_404(self.queryset(), kwargs["pk"])
            require(request, self.permission, self.object)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The page."""
        context = {
            "view": self,
            "object": self.object,
            self.object_name: self.object,
            "title": str(self.object),
            "actions": list(self.actions()),
            **self.context(),
        }
        return render(request, self.template_name, context)


def part_or_anew(request: HttpRequest, template: str, context: dict[str, Any] | None) -> HttpResponse:
    """A part that follows something, alone; once that has ended (None) the browser loads the whole page anew."""
    if context is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, template, context)
