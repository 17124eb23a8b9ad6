"""Which template prints a document, and what a marketplace has of its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from documents import defaults
from documents.models import DocumentTemplate, TemplateActivation, TemplateVersion

DESIGN = "classic"
"""The design of a marketplace that has chosen none."""


def template_for(*, marketplace_id: int, kind: str, wishes: Sequence[str], at: datetime) -> TemplateVersion:
    """The version that a document issued at ``at`` is printed with, in the first language wished for that there is.

    "de-AT" counts as "de"; English when no wish can be met.
    """
    active = active_versions(marketplace_id=marketplace_id, kind=kind, at=at)
    language = first_of(wishes, {*defaults.languages(), *(code for code, version in active.items() if version)})
    own = active.get(language)
    return TemplateVersion.objects.get(pk=own) if own else default_version(kind=kind, language=language, at=at)


def active_versions(*, marketplace_id: int, kind: str, at: datetime) -> dict[str, int | None]:
    """The id of the active version by language, None for the product's default; a language without a row: the same."""
    rows = TemplateActivation.objects.filter(marketplace_id=marketplace_id, kind=kind, activated_at__lte=at)
    return dict(rows.order_by("pk").values_list("language", "version_id"))


def first_of(wishes: Iterable[str], there_are: set[str]) -> str:
    """The first wish that there is, "de-AT" counting as "de"; English when there is none."""
    for wish in wishes:
        for language in (wish, wish.split("-")[0]):
            if language in there_are:
                return language
    return defaults.FALLBACK


def default_version(*, kind: str, language: str, at: datetime, design: str = DESIGN) -> TemplateVersion:
    """The product's own design as it was at ``at``; the first one known for what is older than all."""
    known = list(designs(kind=kind, language=language).filter(design=design).order_by("number"))
    return next((version for version in reversed(known) if version.created_at <= at), known[0])


def designs(*, kind: str, language: str) -> QuerySet[TemplateVersion]:
    """Every version of the product's own designs of a kind and language."""
    return TemplateVersion.objects.filter(template__isnull=True, kind=kind, language=language)


def templates_of(marketplace_id: int) -> QuerySet[DocumentTemplate]:
    """The marketplace's own templates, by kind, language and name."""
    own = DocumentTemplate.objects.filter(marketplace_id=marketplace_id)
    return own.select_related("updated_by").order_by("kind", "language", "name")
