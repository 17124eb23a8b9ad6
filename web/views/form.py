"""A page with a form: what is typed survives every refusal, and one token has one effect."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy

from core.errors import Refusal, refusal_of
from web.access import MemberView, is_partial, require
from web.forms import NoFields, PageForm
from web.views.calling import Answer, called, once, token_of

DIALOG = "dialog-body"


class FormPage(MemberView):
    """GET shows the form, POST makes one domain call. In the dialog (htmx) and as a page of its own, the same form.

    Say ``form_class``, ``title``, ``button``, ``perform`` and ``success_url``; the rest is optional.
    """

    form_class: ClassVar[type[PageForm]] = NoFields
    title: ClassVar[str | Promise]
    button: ClassVar[str | Promise]
    tone: ClassVar[str] = "primary"
    template_name: ClassVar[str] = "web/verb.html"
    body_template: ClassVar[str] = "web/_verb.html"
    cannot_template: ClassVar[str] = "web/cannot.html"
    cannot_body: ClassVar[str] = "web/_cannot.html"
    """What says why the verb can't work now, instead of the form: a page, and its body alone for the dialog."""
    facts_template: ClassVar[str] = ""
    takes_cursor: ClassVar[bool] = True
    """The page opens with the cursor in its first field: where the form is what the page is for."""
    verb_keeps_key: ClassVar[bool] = False
    """The verb claims ``self.key`` itself, since it knows more than the form says: a file, an event's own key.

    Else the page claims the form's token for the whole act, and a verb that takes a key is given none.
    """

    # --- for the page's author -----------------------------------------------------------------------------------

    def perform(self, form: Any, /) -> Any:
        """Make the domain call with ``form.cleaned_data`` and ``self.now``; ``self.key`` is for ``verb_keeps_key``."""
        raise NotImplementedError

    def success_url(self, result: Any, /) -> str:
        """Where to go afterwards."""
        raise NotImplementedError

    def message(self, _result: Any, /) -> str:
        """What is said there; nothing by default."""
        return ""

    def check(self) -> None:
        """Ask the verb's guards, which raise what stands in its way: ``check_<verb>``. Nothing by default."""

    def back_url(self) -> str:
        """Where "Cancel" leads."""
        return "/"

    def heading(self) -> str:
        """The title, with whatever it is about."""
        return str(self.title)

    def consequence(self) -> str:
        """The sentence that says what will happen: number, amount, consequence."""
        return ""

    def form_options(self) -> dict[str, Any]:
        """Further arguments of the form: ``initial``, the member, the thing it is about."""
        return {}

    def context(self) -> dict[str, Any]:
        """Further values for the templates."""
        return {}

    # --- how it runs -----------------------------------------------------------------------------------------------

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """The empty form, with a new token, or what stands in the way; not where a second person can be asked."""
        refusal = refusal_of(self.check)
        return self.show(self.make_form(None)) if refusal is None or refusal.ask else self.cannot(refusal)

    def cannot(self, refusal: Refusal) -> HttpResponse:
        """The refusal in its own words."""
        in_dialog = is_partial(self.request, DIALOG)
        context = {
            "view": self, "title": self.heading(), "text": refusal.message, "back_url": self.back_url(),
            "in_dialog": in_dialog, **self.context(),
        }  # fmt: skip
        return render(self.request, self.cannot_body if in_dialog else self.cannot_template, context)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Perform, or show the form again with the reason and everything that was typed (status 422)."""
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)

        def call() -> Answer:
            result = self.perform(form)
            return {"url": self.success_url(result), "message": self.message(result)}

        try:
            answer = self._answer(call)
        except Refusal as refusal:
            form.refuse(refusal)
            return self.show(form, status=422, refusal=refusal)
        return self.done(answer)

    @cached_property
    def now(self) -> datetime:
        """The moment of the act: one for all that it does."""
        return timezone.now()

    @cached_property
    def key(self) -> str:
        """The form's token, a new one for an empty form: the idempotency key of the act."""
        return token_of(self.request.POST)

    def _answer(self, call: Callable[[], Answer]) -> Answer:
        """What the verb answers; where it wants a second person and says how, that one is asked instead."""
        try:
            return called(call) if self.verb_keeps_key else self._once(call)
        except Refusal as refusal:
            ask = refusal.ask
            if ask is None:
                raise
            return self._once(lambda: {"url": self.back_url(), "message": ask(self.member.actor, self.now)})

    def _once(self, call: Callable[[], Answer]) -> Answer:
        operation, data = f"form:{self.request.path}"[:60], self.request.POST
        return once(call, actor=self.member.actor, operation=operation, key=self.key, data=data, now=self.now)

    def make_form(self, data: QueryDict | None) -> PageForm:
        """The form, bound to what was sent or unbound."""
        return self.form_class(data, **self.form_options())

    def reload(self) -> None:
        """Read again what the form is about; a form about nothing has nothing to read."""

    def show(self, form: PageForm, *, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The form as a page, or alone for the dialog."""
        if form.is_bound or self.takes_cursor:
            form.place_cursor()
        in_dialog = is_partial(self.request, DIALOG)
        context = {
            "view": self,
            "form": form,
            "token": self.key,
            "title": self.heading(),
            "consequence": self.consequence(),
            "back_url": self.back_url(),
            "in_dialog": in_dialog,
            "refusal": refusal,
            **self.context(),
        }
        return render(self.request, self.body_template if in_dialog else self.template_name, context, status=status)

    def done(self, answer: Answer) -> HttpResponse:
        """Go on to the result: a redirect, which htmx is told in a header."""
        if answer["message"]:
            messages.success(self.request, str(answer["message"]))
        url = str(answer["url"])
        return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(self.request) else redirect(url)


class SettingsPage(FormPage):
    """Settings that some read and some change: without ``change_permission`` the form is shown, but takes nothing.

    Its form takes ``may_change`` and disables its fields; its template leaves the button out.
    """

    permission = "settings.view"
    change_permission: ClassVar[str] = "settings.change"
    takes_cursor = False
    button = gettext_lazy("Save")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for who may change them."""
        require(request, self.change_permission)
        return super().post(request, *args, **kwargs)

    @property
    def may_change(self) -> bool:
        """Whether the member changes these settings, or only reads them."""
        return bool(self.member.may(self.change_permission))

    def form_options(self) -> dict[str, Any]:
        """Whether the fields take anything."""
        return {"may_change": self.may_change}

    def context(self) -> dict[str, Any]:
        """Whether there is a button."""
        return {"may_change": self.may_change}
