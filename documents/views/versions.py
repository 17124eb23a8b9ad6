"""What was published: a template's history, what changed between two versions, printing with an earlier one."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.queries.people import name_at
from documents.domain import kinds
from documents.domain.differences import differences
from documents.forms import ActivateForm
from documents.models import TemplateActivation, TemplateVersion
from documents.operations import templates
from documents.pdf.previews import preview, prove
from documents.queries.templates import activations_of, active_version_of
from documents.renderer.rendering import RenderError
from documents.views.builder import TemplateView, check_kind, language_names
from documents.views.editor import NotRendering, words_of
from web.access import MemberView, one_or_404
from web.views import FormPage, VerbView

DRAFT = "draft"


def versions_seen(marketplace_id: int) -> QuerySet[TemplateVersion]:
    """The marketplace's own and the product's."""
    seen = TemplateVersion.objects.filter(Q(marketplace__isnull=True) | Q(marketplace_id=marketplace_id))
    return seen.annotate(created_by_name=name_at("created_by_id", "created_at"))


class Versions(TemplateView):
    """The versions of a template, when each printed, and what changed between any two of them or the draft."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With ``old`` and ``new``: the difference between these two; else between the last two."""
        template = self.template_called(pk)
        versions = list(
            TemplateVersion.objects.filter(template=template)
            .annotate(created_by_name=name_at("created_by_id", "created_at"))
            .order_by("-number")
        )
        active = active_version_of(template.kind, template.language, self.member.marketplace.pk, timezone.now())
        choices = [
            (DRAFT, _("Draft")),
            *((str(one.number), _("Version %(n)s") % {"n": one.number}) for one in versions),
        ]
        keys = [key for key, _label in choices]
        new = _chosen(request.GET.get("new"), keys, keys[0])
        old = _chosen(request.GET.get("old"), keys, keys[min(keys.index(new) + 1, len(keys) - 1)])
        sources = {DRAFT: template.source} | {str(one.number): one.source for one in versions}
        context = {
            "title": _("Versions of %(name)s") % {"name": template.name},
            "template": template,
            "versions": versions,
            "active": active,
            "activations": activations_of(template.kind, template.language, self.member.marketplace.pk),
            "choices": choices,
            "old": old,
            "new": new,
            "changes": differences(sources[old], sources[new]),
            "kind": kinds.kind_called(template.kind),
            "language": language_names()[template.language],
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "documents/versions.html", context)


def _chosen(wish: str | None, keys: list[str], otherwise: str) -> str:
    return wish if wish in keys else otherwise


class VersionSource(MemberView):
    """A version's source, to read; the product's designs have one too."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As it was published."""
        version = one_or_404(versions_seen(self.member.marketplace.pk), pk)
        context = {
            "title": str(version),
            "version": version,
            "lines": version.source.splitlines(),
            "kind": kinds.kind_called(version.kind),
            "language": language_names().get(version.language, version.language),
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "documents/version.html", context)


class VersionPdf(MemberView):
    """A version's sample as a PDF."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """In the browser's viewer."""
        marketplace = self.member.marketplace
        version = one_or_404(versions_seen(marketplace.pk), pk)
        try:
            made = preview(
                version,
                marketplace_id=marketplace.pk,
                currency=marketplace.currency,
                at=timezone.now(),
                document_id=None,
            )
        except RenderError as error:
            messages.error(request, str(error))
            return redirect("documents:version", pk)
        headers = {"Content-Disposition": 'inline; filename="sample.pdf"'}
        return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


class Activate(VerbView):
    """Print with an earlier version, or with one of the product's designs as it is today."""

    permission = "settings.change"
    title = gettext_lazy("Use template")
    button = gettext_lazy("Use this template")
    form_class = ActivateForm
    object_name = "version"
    object: TemplateVersion

    def queryset(self) -> QuerySet[TemplateVersion]:
        """Own versions, and the product's."""
        return versions_seen(self.member.marketplace.pk)

    def consequence(self) -> str:
        """From when on, and what stays."""
        return consequence_of(self.object.kind, self.object.language)

    def back_url(self) -> str:
        """Where it is listed."""
        if self.object.template_id:
            return reverse("documents:versions", args=[self.object.template_id])
        return reverse("documents:builder")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Render first, outside the transaction: the dictionary may have changed since it was published."""
        marketplace = self.member.marketplace
        self.proved = prove(
            self.object, marketplace_id=marketplace.pk, currency=marketplace.currency, at=timezone.now()
        )
        return super().post(request, *args, **kwargs)

    def perform(self, form: Any) -> TemplateActivation:
        """Let it print."""
        if self.proved.problem:
            raise NotRendering(problem=words_of(self.proved))
        version, reason = self.object, form.cleaned_data["reason"]
        return templates.activate(
            version=version,
            kind=version.kind,
            language=version.language,
            reason=reason,
            actor=self.member.actor,
            now=self.now,
        )

    def message(self, result: TemplateActivation) -> str:
        """What prints now."""
        return _("%(version)s is used from now on.") % {"version": result.version}


class UseDefault(FormPage):
    """Print with whatever the product brings, as if nobody had chosen."""

    permission = "settings.change"
    title = gettext_lazy("Use the built-in design")
    button = gettext_lazy("Use the built-in design")
    form_class = ActivateForm
    back_label = gettext_lazy("Document Builder")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Which documents."""
        super().setup(request, *args, **kwargs)
        self.kind, self.language = kwargs["kind"], kwargs["language"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        check_kind(self.kind, self.language)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The choice."""
        check_kind(self.kind, self.language)
        return super().post(request, *args, **kwargs)

    def consequence(self) -> str:
        """From when on, and what stays."""
        return consequence_of(self.kind, self.language)

    def back_url(self) -> str:
        """The builder."""
        return reverse("documents:builder")

    def perform(self, form: Any) -> TemplateActivation:
        """Follow the product."""
        return templates.activate(
            version=None,
            kind=self.kind,
            language=self.language,
            reason=form.cleaned_data["reason"],
            actor=self.member.actor,
            now=self.now,
        )

    def success_url(self, _result: TemplateActivation) -> str:
        """The builder."""
        return self.back_url()

    def message(self, _result: TemplateActivation) -> str:
        """What prints now."""
        return _("The built-in design is used from now on.")


def consequence_of(kind: str, language: str) -> str:
    """What printing with another version means."""
    label = str(kinds.kind_called(kind).label).lower()
    return _(
        "Every %(kind)s in %(language)s that is issued from now on uses this. Documents issued "
        "earlier keep their template."
    ) % {"kind": label, "language": language_names().get(language, language)}
