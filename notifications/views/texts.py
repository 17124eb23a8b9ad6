"""Mail texts: the default, which is only read and copied, and the marketplace's own, written beside a preview."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from core.printable import one_line
from notifications.domain.conditions import PARAMETERS
from notifications.domain.kinds import NotificationKind
from notifications.forms.texts import TextForm
from notifications.mail.texts import Source
from notifications.models import MailTemplate
from notifications.operations import add_text, change_text, send_test
from notifications.queries import own_texts
from notifications.views.previewing import Preview, default_of, preview, variables
from notifications.views.settings import kind_or_404
from web.access import MemberView, chosen_or_404, is_partial, one_or_404, require
from web.views import SettingsPage
from web.views.calling import Answer, once, token_of

STEP = 10
"""Between the priorities of two texts, so that one fits between them."""
MOST_VERSIONS = 20


class DefaultText(MemberView):
    """The product's own words for one kind and language: they can be copied, not changed."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """The sources beside what they come to."""
        found = kind_or_404(kind)
        source = default_of(found, language)
        if source is None:
            raise Http404
        context = {
            "title": _("Default text"),
            "kind": found,
            "language": language,
            "source": source,
            "preview": preview(
                found, language, subject=source.subject, body=source.body, number="", member=self.member
            ),
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "notifications/default_text.html", context)


class Editor(SettingsPage):
    """What writing a new text and changing one share: the form, its preview, and a test to oneself."""

    form_class = TextForm
    template_name = "notifications/text.html"
    shown: Preview | None = None

    @property
    def kind(self) -> NotificationKind:
        """The kind of mail."""
        raise NotImplementedError

    @property
    def language(self) -> str:
        """The language of the words."""
        raise NotImplementedError

    def check_found(self) -> None:
        """Raise Http404 where the address names nothing."""
        if default_of(self.kind, self.language) is None:
            raise Http404

    def back_url(self) -> str:
        """The kind's page."""
        return reverse("notifications:kind", args=[self.kind.name])

    def form_options(self) -> dict[str, Any]:
        """For which kind and language."""
        return {**super().form_options(), "kind": self.kind.name, "language": self.language}

    def context(self) -> dict[str, Any]:
        """The preview, and what words and conditions may use."""
        return {
            **super().context(),
            "kind": self.kind,
            "language": self.language,
            "preview": self.shown,
            "variables": variables(self.kind, self.language),
            "parameters": PARAMETERS.items(),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, with what its words come to now."""
        self.check_found()
        initial = self.form_options()["initial"]
        self.shown = self._preview(initial["subject"], initial["body"], "")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Preview, send a test, or save, as the button says."""
        self.check_found()
        require(request, self.change_permission)
        typed = request.POST
        self.shown = self._preview(typed.get("subject", ""), typed.get("body", ""), typed.get("number", ""))
        go = typed.get("go", "")
        if go == "preview":
            if is_partial(request):
                return render(request, "notifications/_preview.html", {"preview": self.shown})
            return self.show(self._as_typed())
        if go == "test":
            return self._test()
        return super().post(request, *args, **kwargs)

    def _preview(self, subject: str, body: str, number: str) -> Preview:
        number = one_line(number)[:100]
        return preview(self.kind, self.language, subject=subject, body=body, number=number, member=self.member)

    def _as_typed(self) -> TextForm:
        """What was typed, without a word about what is missing."""
        typed = {name: self.request.POST.get(name, "") for name in self.request.POST}
        return TextForm(**{**self.form_options(), "initial": typed})

    def _test(self) -> HttpResponse:
        """Mail the words as they are typed, with made-up figures, to whoever asks."""
        typed, words = self.request.POST, None
        made = self._preview(typed.get("subject", ""), typed.get("body", ""), "")
        words = made.words
        if words is None or not words.subject:
            messages.error(self.request, made.problem or _("Enter a subject first."))
            return self.show(self._as_typed(), status=422)

        def call() -> Answer:
            actor = self.member.actor
            mail = send_test(kind=self.kind, language=self.language, words=words, actor=actor, now=self.now)
            return {"recipient": mail.recipient}

        operation = f"test:{self.request.path}"[:60]
        try:
            answer = once(call, actor=self.member.actor, operation=operation, key=self.key, data=typed, now=self.now)
        except Refusal as refusal:
            messages.error(self.request, refusal.message)
        else:
            messages.success(self.request, _("A test is on its way to %(address)s.") % {"address": answer["recipient"]})
        self.key = token_of(QueryDict(""))  # Saving, or another test, is another act.
        return self.show(self._as_typed())


class NewText(Editor):
    """A text that begins as a copy of the default, or of the own text that ``?copy=`` names."""

    permission = "settings.change"
    title = gettext_lazy("New text")

    @cached_property
    def kind(self) -> NotificationKind:
        """The one in the address."""
        return kind_or_404(self.kwargs["kind"])

    @property
    def language(self) -> str:
        """The one in the address."""
        return str(self.kwargs["language"])

    @cached_property
    def original(self) -> Source | MailTemplate:
        """What is copied."""
        asked = self.request.GET.get("copy", "")
        if asked:
            rows = own_texts(self.member.marketplace.pk, self.kind.name)
            return chosen_or_404(rows, [asked])[0]
        found = default_of(self.kind, self.language)
        if found is None:
            raise Http404
        return found

    def form_options(self) -> dict[str, Any]:
        """The copied words, after the last text."""
        rows = own_texts(self.member.marketplace.pk, self.kind.name).filter(language=self.language)
        last = rows.order_by().aggregate(last=Max("priority"))["last"] or 0
        initial = {"subject": self.original.subject, "body": self.original.body, "priority": last + STEP}
        stored = self.original.conditions if isinstance(self.original, MailTemplate) else []
        return {**super().form_options(), "initial": initial, "stored": stored}

    def perform(self, form: Any) -> MailTemplate:
        """Add it."""
        return add_text(**form.wanted, actor=self.member.actor, now=self.now)

    def success_url(self, result: MailTemplate) -> str:
        """Its page."""
        return reverse("notifications:text", args=[result.pk])

    def message(self, result: MailTemplate) -> str:
        """Whether it is used."""
        return _said(result)


class OneText(Editor):
    """One of the marketplace's own texts; managers change it, finance reads."""

    title = gettext_lazy("Text")

    @cached_property
    def object(self) -> MailTemplate:
        """The marketplace's with this id."""
        return one_or_404(MailTemplate.objects.filter(marketplace_id=self.member.marketplace.pk), self.kwargs["pk"])

    @cached_property
    def kind(self) -> NotificationKind:
        """The text's."""
        return kind_or_404(self.object.kind)

    @property
    def language(self) -> str:
        """The text's."""
        return self.object.language

    def heading(self) -> str:
        """Its name."""
        return self.object.name

    def form_options(self) -> dict[str, Any]:
        """What it says now."""
        names = ("name", "priority", "enabled", "subject", "body")
        initial = {name: getattr(self.object, name) for name in names}
        return {**super().form_options(), "initial": initial, "stored": self.object.conditions}

    def perform(self, form: Any) -> MailTemplate:
        """Change it."""
        return change_text(template=self.object, **form.wanted, actor=self.member.actor, now=self.now)

    def success_url(self, result: MailTemplate) -> str:
        """Here again."""
        return reverse("notifications:text", args=[result.pk])

    def message(self, result: MailTemplate) -> str:
        """Whether it is used."""
        return _said(result)

    def context(self) -> dict[str, Any]:
        """With its earlier words."""
        versions = self.object.versions.order_by("-number")[:MOST_VERSIONS]
        return {**super().context(), "template": self.object, "versions": versions}


def _said(template: MailTemplate) -> str:
    text = _("%(name)s is saved and in use.") if template.enabled else _("%(name)s is saved and not in use.")
    return text % {"name": template.name}
