"""A verb on one thing: void, close, reverse. It is loaded among those the member sees, then the right is asked."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import Refusal, refusal_of
from web.access import is_partial, one_or_404, require, viewer
from web.views.form import DIALOG, FormPage


class VerbView(FormPage):
    """A form page about ``self.object``: someone else's is Not found, a missing right is 403 (GET and POST alike)."""

    object_name: ClassVar[str] = "object"
    back_label: ClassVar[str | Promise] = ""
    """What the page that Back leads to is called; empty for the thing's own page."""
    cannot_template: ClassVar[str] = ""
    cannot_body: ClassVar[str] = ""
    """What says why the verb can't work now, instead of the form: a page, and its body alone for the dialog."""
    object: Any

    def queryset(self) -> QuerySet[Any]:
        """The things that this member may see: always through ``visible_to``."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Load the thing and ask for the right on it before anything else."""
        if viewer(request) is not None:
            self.object = one_or_404(self.queryset(), kwargs["pk"])
            require(request, self.permission, self.object)
        return super().dispatch(request, *args, **kwargs)

    def check(self) -> None:
        """Ask the verb's guards, which raise what stands in its way: ``check_<verb>``. Nothing by default."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, or what stands in the way; not where a second person can be asked instead."""
        refusal = refusal_of(self.check)
        return super().get(request, *args, **kwargs) if refusal is None or refusal.ask else self.cannot(refusal)

    def cannot(self, refusal: Refusal) -> HttpResponse:
        """The refusal in its own words."""
        in_dialog = is_partial(self.request, DIALOG)
        context = {
            "view": self, "title": self.heading(), "text": refusal.message, "back_url": self.back_url(),
            "in_dialog": in_dialog, **self.context(),
        }  # fmt: skip
        return render(self.request, self.cannot_body if in_dialog else self.cannot_template, context)

    def back_url(self) -> str:
        """The thing's own page."""
        return str(self.object.get_absolute_url()) if hasattr(self.object, "get_absolute_url") else "/"

    def heading(self) -> str:
        """Verb and number: "Void CM-2026-17"."""
        return _("%(verb)s %(thing)s") % {"verb": self.title, "thing": self.object}

    def success_url(self, _result: Any) -> str:
        """The thing's own page."""
        return self.back_url()

    def context(self) -> dict[str, Any]:
        """The thing, under its own name too."""
        return {"object": self.object, self.object_name: self.object}
