"""Which images and fonts a marketplace's templates could use, and when."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from documents.models import TemplateAsset


def rows_of(marketplace_id: int) -> QuerySet[TemplateAsset]:
    """Every row there ever was, in order."""
    return TemplateAsset.objects.filter(marketplace_id=marketplace_id).order_by("pk")


def there_at(rows: Iterable[TemplateAsset], at: datetime) -> list[TemplateAsset]:
    """What of these rows was there at ``at``, by kind, name and face: the last of each, unless it took it away."""
    last = {(row.kind, row.name.lower(), row.face): row for row in rows if row.created_at <= at}
    return [last[key] for key in sorted(last) if last[key].size]


def assets_at(marketplace_id: int, at: datetime) -> list[TemplateAsset]:
    """The images and faces there were at ``at``; one query."""
    return there_at(rows_of(marketplace_id), at)
