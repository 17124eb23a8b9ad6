"""Writing a template: the draft with its preview, and publishing it."""

import time
from dataclasses import dataclass
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from documents.domain import kinds
from documents.domain.differences import differences
from documents.forms import DraftForm, PreviewForm, PublishForm
from documents.models import DocumentTemplate, TemplateVersion
from documents.operations import templates
from documents.pdf import printing
from documents.pdf.previews import PublishPreview, can_print_cjk, preview, prove
from documents.queries.assets import assets_at
from documents.queries.templates import active_version_of, templates_of
from documents.renderer.rendering import RendererBusy, RenderError, TemplateError
from documents.templates import samples, variables
from documents.views.builder import TemplateView, language_names
from web.access import require
from web.views import SettingsPage, VerbView


class NotRendering(Refusal):
    """A template that makes no document is not published."""

    code = "template_does_not_render"
    text = gettext_lazy("This draft can't be published: %(problem)s")


class OwnTemplate(VerbView):
    """What the form pages of one template share."""

    object_name = "template"
    object: DocumentTemplate

    def queryset(self) -> QuerySet[DocumentTemplate]:
        """The marketplace's."""
        return templates_of(self.member.marketplace.pk)

    def proof(self) -> PublishPreview:
        """Whether the stored draft renders."""
        marketplace = self.member.marketplace
        return prove(self.object, marketplace_id=marketplace.pk, currency=marketplace.currency, at=timezone.now())


@method_decorator(csp_update({"frame-src": [SELF, "blob:"]}), name="dispatch")
class Editor(OwnTemplate, SettingsPage):
    """The draft, the variables, and a preview that follows what is typed."""

    permission = "settings.view"
    title = gettext_lazy("Template")
    form_class = DraftForm
    template_name = "documents/editor.html"
    back_label = gettext_lazy("Document Builder")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save; for managers only."""
        require(request, self.change_permission)
        return super().post(request, *args, **kwargs)

    def heading(self) -> str:
        """Its name."""
        return self.object.name

    def form_options(self) -> dict[str, Any]:
        """What is stored."""
        draft = self.object
        initial = {name: getattr(draft, name) for name in ("name", "page_size", "source", "revision")}
        return {**super().form_options(), "initial": initial}

    def perform(self, form: Any) -> DocumentTemplate:
        """Keep the draft."""
        typed = form.cleaned_data
        self.goes_on = typed["then"] == "publish"
        return templates.save_draft(
            template=self.object,
            name=typed["name"],
            source=typed["source"],
            page_size=typed["page_size"],
            revision=typed["revision"],
            actor=self.member.actor,
            now=self.now,
        )

    def success_url(self, result: DocumentTemplate) -> str:
        """Here again, or on to publishing."""
        return reverse("documents:publish" if self.goes_on else "documents:editor", args=[result.pk])

    def message(self, _result: DocumentTemplate) -> str:
        """What that means."""
        return _("The draft is saved. Documents are printed as before until you publish it.")

    def back_url(self) -> str:
        """The builder."""
        return reverse("documents:builder")

    def context(self) -> dict[str, Any]:
        """Variables, images, and documents to try it on."""
        kind, now = kinds.kind_called(self.object.kind), timezone.now()
        return {
            **super().context(),
            "may_change": self.may_change,
            "kind": kind,
            "language": language_names()[self.object.language],
            "groups": self.variables(),
            "assets": assets_at(self.member.marketplace.pk, now),
            "latest": kind.latest(self.member),
            "has_cjk": can_print_cjk(),
        }

    def variables(self) -> list[dict[str, Any]]:
        """Everything that can be printed, each with what the sample has for it."""
        draft, currency = self.object, self.member.marketplace.currency
        sample = samples.sample(draft.kind, draft.language, currency, unified=True)
        shown = variables.values_in(
            printing.present(sample, kind=draft.kind, language=draft.language, page_size=draft.page_size, unified=True)
        )
        return [
            {"label": group.label, "variables": [(each, shown.get(each.path, "")) for each in group.variables]}
            for group in variables.groups(draft.kind)
        ]


@dataclass(slots=True)
class Draft:
    """A template as it stands in the editor."""

    kind: str
    language: str
    source: str
    page_size: str


class Preview(TemplateView):
    """The PDF of what is in the editor; stores nothing."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The PDF, or what is wrong and in which line: as JSON for the editor's script, as a page without one."""
        template, form = self.template_called(pk), PreviewForm(request.POST)
        if not form.is_valid():
            return self.refuse(template, "; ".join(text for _id, _label, text in form.problems))
        typed, marketplace = form.cleaned_data, self.member.marketplace
        document_id = None
        if typed["document"]:
            document_id = kinds.kind_called(template.kind).find(typed["document"].strip(), self.member)
            if document_id is None:
                return self.refuse(template, _("Document %(number)s does not exist.") % {"number": typed["document"]})
        draft = Draft(template.kind, template.language, typed["source"], typed["page_size"])
        began = time.perf_counter()
        try:
            made = preview(
                draft,
                marketplace_id=marketplace.pk,
                currency=marketplace.currency,
                at=timezone.now(),
                document_id=document_id,
                look=typed["look"],
            )
        except RendererBusy as busy:
            return self.refuse(template, str(busy), status=503)
        except RenderError as error:
            return self.refuse(template, str(error), error.line if isinstance(error, TemplateError) else 0)
        headers = {
            "Content-Disposition": 'inline; filename="preview.pdf"',
            "X-Pages": str(made.pages),
            "X-Missing": made.missing.encode("ascii", "xmlcharrefreplace").decode(),
            "X-Milliseconds": f"{(time.perf_counter() - began) * 1000:.0f}",
        }
        return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)

    def refuse(self, template: DocumentTemplate, problem: str, line: int = 0, status: int = 422) -> HttpResponse:
        """Say what is wrong."""
        found = {"message": problem, "line": line}
        if "application/json" in self.request.headers.get("Accept", ""):
            return JsonResponse(found, status=status)
        context = {"title": _("Preview of %(name)s") % {"name": template}, "template": template, "problem": found}
        return render(self.request, "documents/preview.html", context, status=status)


class Publish(OwnTemplate):
    """Make the draft a version that prints from now on; a draft that does not render is refused."""

    permission = "settings.change"
    title = gettext_lazy("Publish")
    button = gettext_lazy("Publish")
    form_class = PublishForm
    facts_template = "documents/_publish_facts.html"
    template_name = "documents/publish.html"
    back_label = gettext_lazy("Draft")

    def heading(self) -> str:
        """Which."""
        return _("Publish %(name)s") % {"name": self.object.name}

    def consequence(self) -> str:
        """What it is for, and what stays."""
        kind = kinds.kind_called(self.object.kind).label
        return _(
            "Every %(kind)s in %(language)s that is issued from now on uses this. Documents issued "
            "earlier keep their template."
        ) % {"kind": str(kind).lower(), "language": language_names()[self.object.language]}

    def form_options(self) -> dict[str, Any]:
        """The draft that is looked at."""
        return {"initial": {"revision": self.object.revision}}

    def back_url(self) -> str:
        """The editor."""
        return reverse("documents:editor", args=[self.object.pk])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Render first, outside the transaction."""
        self.proved = self.proof()
        return super().post(request, *args, **kwargs)

    def perform(self, form: Any) -> TemplateVersion:
        """Publish what was proved."""
        if self.proved.problem:
            raise NotRendering(problem=words_of(self.proved))
        typed = form.cleaned_data
        return templates.publish(
            template=self.object, revision=typed["revision"], note=typed["note"], actor=self.member.actor, now=self.now
        )

    def success_url(self, _result: TemplateVersion) -> str:
        """Its history."""
        return reverse("documents:versions", args=[self.object.pk])

    def message(self, result: TemplateVersion) -> str:
        """What prints now."""
        return _("%(version)s is used from now on.") % {"version": result}

    def context(self) -> dict[str, Any]:
        """What would change, and whether it renders."""
        draft = self.object
        active = active_version_of(draft.kind, draft.language, self.member.marketplace.pk, timezone.now())
        return {
            "active": active,
            "changes": differences(active.source, draft.source),
            "proof": getattr(self, "proved", None) or self.proof(),
            "has_cjk": can_print_cjk(),
        }


def words_of(proof: PublishPreview) -> str:
    """The problem, with its line when that is known."""
    if not proof.line:
        return proof.problem
    return _("line %(line)s: %(problem)s") % {"line": proof.line, "problem": proof.problem}
