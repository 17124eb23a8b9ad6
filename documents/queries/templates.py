"""Which template prints a document, and what a marketplace has of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from companies.queries.people import name_at
from core.languages import FALLBACK
from documents.models import DocumentTemplate, TemplateActivation, TemplateVersion
from documents.templates import defaults

DESIGN = "classic"
"""The design of a marketplace that has chosen none."""


def active_versions(*, marketplace_id: int, kind: str, at: datetime) -> dict[str, int | None]:
    """The id of the active version by language, None for the product's default; a language without a row: the same."""
    rows = TemplateActivation.objects.filter(marketplace_id=marketplace_id, kind=kind, activated_at__lte=at)
    return dict(rows.order_by("pk").values_list("language", "version_id"))


def designs(*, kind: str, language: str, design: str = DESIGN) -> QuerySet[TemplateVersion]:
    """Every version of one of the product's designs for a kind and language, in order."""
    own = TemplateVersion.objects.filter(template__isnull=True, kind=kind, language=language, design=design)
    return own.order_by("number")


def in_force(known: Sequence[TemplateVersion], at: datetime) -> TemplateVersion:
    """The last of a design's versions at ``at``; the first one for what is older than all."""
    return next((version for version in reversed(known) if version.created_at <= at), known[0])


def default_version(*, kind: str, language: str, at: datetime, design: str = DESIGN) -> TemplateVersion:
    """One of the product's designs as it was at ``at``."""
    return in_force(list(designs(kind=kind, language=language, design=design)), at)


@dataclass(frozen=True, slots=True)
class InForce:
    """What documents of a kind and language are printed with now, and who decided that, if anybody did."""

    kind: str
    language: str
    version: TemplateVersion
    activation: TemplateActivation | None


def all_in_force(*, marketplace_id: int, kinds: Iterable[str], at: datetime) -> list[InForce]:
    """By kind and language: those that the product has, and those that the marketplace has added. Two queries."""
    own = TemplateActivation.objects.filter(marketplace_id=marketplace_id, activated_at__lte=at).order_by("pk")
    last = {(row.kind, row.language): row for row in _with_version(own)}
    product = TemplateVersion.objects.filter(template__isnull=True, design=DESIGN).defer("source").order_by("number")
    shipped = {(version.kind, version.language): version for version in product}
    found = []
    for kind in kinds:
        codes = [*defaults.languages(), *sorted(language for named, language in last if named == kind)]
        for language in dict.fromkeys(codes):
            activation = last.get((kind, language))
            version = (activation.version if activation else None) or shipped.get((kind, language))
            if version is not None:
                found.append(InForce(kind, language, version, activation))
    return found


@dataclass(frozen=True, slots=True)
class Own:
    """A marketplace's own template and its last version, if it was ever published."""

    template: DocumentTemplate
    last: TemplateVersion | None
    is_active: bool

    @property
    def has_changes(self) -> bool:
        """Whether the draft says more than what was published last."""
        return self.last is None or not says_the_same(self.template, self.last)


def own_templates(marketplace_id: int, printing: set[int | None]) -> list[Own]:
    """All of them; ``printing`` are the ids of the templates that a version of prints. Three queries."""
    versions = TemplateVersion.objects.filter(marketplace_id=marketplace_id)
    newest = [pk for _template, pk in versions.values_list("template").annotate(last=Max("pk"))]
    last = {version.template_id: version for version in TemplateVersion.objects.filter(pk__in=newest)}
    own = templates_of(marketplace_id)
    return [Own(template, last.get(template.pk), template.pk in printing) for template in own]


def says_the_same(draft: DocumentTemplate, version: TemplateVersion) -> bool:
    """Whether publishing the draft would change nothing."""
    return (draft.name, draft.source, draft.page_size) == (version.name, version.source, version.page_size)


def templates_of(marketplace_id: int) -> QuerySet[DocumentTemplate]:
    """The marketplace's own templates, by kind, language and name, with ``editor``, who saved each last."""
    own = DocumentTemplate.objects.filter(marketplace_id=marketplace_id)
    return own.annotate(editor=name_at("updated_by_id", "updated_at")).order_by("kind", "language", "name")


def active_version_of(kind: str, language: str, marketplace_id: int, at: datetime) -> TemplateVersion:
    """What documents of exactly this language are printed with; English stands in for one that has nothing yet."""
    own = active_versions(marketplace_id=marketplace_id, kind=kind, at=at).get(language)
    if own:
        return TemplateVersion.objects.get(pk=own)
    known = language if language in defaults.languages() else FALLBACK
    return default_version(kind=kind, language=known, at=at)


def activations_of(kind: str, language: str, marketplace_id: int) -> list[TemplateActivation]:
    """What printed these documents and from when on, the newest first; the last 50."""
    rows = TemplateActivation.objects.filter(marketplace_id=marketplace_id, kind=kind, language=language)
    return list(_with_version(rows).order_by("-pk")[:50])


def _with_version(rows: QuerySet[TemplateActivation]) -> QuerySet[TemplateActivation]:
    """With what each chose, but not its source, and ``activated_by_name``, who chose it."""
    named = rows.annotate(activated_by_name=name_at("activated_by_id", "activated_at"))
    return named.select_related("version").defer("version__source")


def named_in(name: str, marketplace_id: int) -> list[str]:
    """The names of the drafts whose source names an image or a font."""
    return list(templates_of(marketplace_id).filter(source__icontains=name).values_list("name", flat=True))
