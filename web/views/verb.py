"""A verb on one thing: void, close, reverse. It is loaded among those the member sees, then the right is asked."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import Refusal
from web.access import one_or_404, require, viewer
from web.forms import PageForm
from web.views.form import FormPage


class VerbView(FormPage):
    """A form page about ``self.object``: someone else's is Not found, a missing right is 403 (GET and POST alike)."""

    object_name: ClassVar[str] = "object"
    back_label: ClassVar[str | Promise] = ""
    """What the page that Back leads to is called; empty for the thing's own page."""
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

    def back_url(self) -> str:
        """The thing's own page."""
        return str(self.object.get_absolute_url()) if hasattr(self.object, "get_absolute_url") else "/"

    def reload(self) -> None:
        """The thing as it is now; a verb also forgets what it worked out of it."""
        self.object = self.queryset().filter(pk=self.object.pk).first() or self.object

    def show(self, form: PageForm, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The form; after a refusal with the thing as it is now."""
        if refusal is not None:
            self.reload()
        return super().show(form, status=status, refusal=refusal)

    def heading(self) -> str:
        """Verb and number: "Void CM-2026-17"."""
        return _("%(verb)s %(thing)s") % {"verb": self.title, "thing": self.object}

    def success_url(self, _result: Any) -> str:
        """The thing's own page."""
        return self.back_url()

    def context(self) -> dict[str, Any]:
        """The thing, under its own name too."""
        return {"object": self.object, self.object_name: self.object}
