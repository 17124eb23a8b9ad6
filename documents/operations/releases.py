"""Keeps every default design that a release of the product brings, so that an old document is printed as it was issued.

After ``migrate`` each design, kind and language has its present source as its last version; earlier ones stay.
"""

from itertools import product

from django.db import connections

from core.clock import database_now
from documents.domain import kinds
from documents.models import TemplateVersion
from documents.templates import defaults


def after_migrate(using: str, **_kwargs: object) -> None:
    """Receiver of post_migrate; does nothing on the way to an earlier state of the database."""
    if TemplateVersion._meta.db_table in connections[using].introspection.table_names():
        keep()


def keep() -> None:
    """Add a version for each design whose source has changed since the last one."""
    held = {
        (version.design, version.kind, version.language): version
        for version in TemplateVersion.objects.filter(template__isnull=True).order_by("number")
    }
    fresh = []
    for design, kind, language in product(defaults.DESIGNS, kinds.names(), defaults.languages()):
        last, source = held.get((design.name, kind, language)), defaults.source(kind, language, design.name)
        if last is None or last.source != source:
            number = last.number + 1 if last else 1
            fresh.append(_version(design, kind, language, number=number, source=source))
    TemplateVersion.objects.bulk_create(fresh)


def _version(design: defaults.Design, kind: str, language: str, *, number: int, source: str) -> TemplateVersion:
    return TemplateVersion(
        design=design.name,
        kind=kind,
        language=language,
        name=design.name.title(),
        number=number,
        source=source,
        created_at=database_now(),
    )
