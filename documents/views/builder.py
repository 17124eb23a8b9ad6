"""The Document Builder's first page: what prints now, the marketplace's templates, the product's designs."""

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formats import reader
from core.languages import FALLBACK
from documents.domain import kinds
from documents.forms import NewTemplateForm
from documents.models import DocumentTemplate
from documents.operations import templates
from documents.queries.templates import all_in_force, default_version, own_templates, templates_of
from documents.templates import defaults, languages
from web.access import MemberView, one_or_404
from web.views import FormPage


def language_names() -> dict[str, str]:
    """Every language that templates can have, in the reader's words."""
    locale = str(reader())
    return {code: languages.name_of(code, locale) for code in languages.codes()}


class Builder(MemberView):
    """Everything about templates on one page."""

    permission = "settings.view"
    http_method_names = ["get", "head"]
    title = gettext_lazy("Document Builder")

    def get(self, request: HttpRequest) -> HttpResponse:
        """By kind: what prints now, own templates, designs to begin with."""
        marketplace_id = self.member.marketplace.pk
        now_printing = all_in_force(marketplace_id=marketplace_id, kinds=kinds.names(), at=timezone.now())
        own = own_templates(marketplace_id, {each.version.template_id for each in now_printing})
        names, labels = language_names(), {kind: kinds.kind_called(kind).label for kind in kinds.names()}
        context = {
            "title": self.title,
            "kinds": [
                (kinds.kind_called(kind), [(row, names[row.language]) for row in rows])
                for kind, rows in groupby(now_printing, lambda each: each.kind)
            ],
            "own": [(each, labels[each.template.kind], names[each.template.language]) for each in own],
            "designs": defaults.DESIGNS,
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "documents/builder.html", context)


class NewTemplate(FormPage):
    """Begin a template: for what, in which language, and as a copy of what."""

    permission = "settings.change"
    title = gettext_lazy("New template")
    button = gettext_lazy("Create template")
    form_class = NewTemplateForm
    back_label = gettext_lazy("Document Builder")

    @cached_property
    def own(self) -> list[DocumentTemplate]:
        """What can be copied beside the product's designs."""
        return list(templates_of(self.member.marketplace.pk))

    def form_options(self) -> dict[str, Any]:
        """What there is to choose, and what a link has chosen already."""
        names, labels = language_names(), {kind: str(kinds.kind_called(kind).label) for kind in kinds.names()}
        designs = [(f"design:{design.name}", design.label) for design in defaults.DESIGNS]
        own = [(f"template:{one.pk}", f"{one.name} ({labels[one.kind]}, {names[one.language]})") for one in self.own]
        asked = self.request.GET
        return {
            "kinds": list(labels.items()),
            "languages": list(names.items()),
            "origins": [(_("Built-in designs"), designs), *([(_("Your templates"), own)] if own else [])],
            "initial": {name: asked[name] for name in ("kind", "language", "origin", "name") if name in asked},
        }

    def perform(self, form: Any) -> DocumentTemplate:
        """Copy it."""
        wanted = form.cleaned_data
        kind, language = wanted["kind"], wanted["language"]
        what, _colon, name = wanted["origin"].partition(":")
        origin = (
            next(one for one in self.own if str(one.pk) == name)
            if what == "template"
            else default_version(kind=kind, language=known(language), at=self.now, design=name)
        )
        return templates.create(
            origin=origin, kind=kind, language=language, name=wanted["name"], actor=self.member.actor, now=self.now
        )

    def success_url(self, result: DocumentTemplate) -> str:
        """Its editor."""
        return reverse("documents:editor", args=[result.pk])

    def back_url(self) -> str:
        """The builder."""
        return reverse("documents:builder")


def known(language: str) -> str:
    """The language, or English where the product has no design in it to copy."""
    return language if language in defaults.languages() else FALLBACK


class TemplateView(MemberView):
    """What the pages of one template share; another marketplace's is Not found."""

    permission = "settings.view"

    def template_called(self, pk: int) -> DocumentTemplate:
        """The marketplace's template. Raises Http404."""
        return one_or_404(templates_of(self.member.marketplace.pk), pk)


def check_kind(kind: str, language: str) -> None:
    """Raise Http404 for a kind or language that has no templates."""
    if kind not in kinds.names() or language not in languages.codes():
        raise Http404
