"""Which images and fonts a marketplace's templates could use, and when."""

from datetime import datetime

from documents.models import TemplateAsset


def assets_at(marketplace_id: int, at: datetime) -> list[TemplateAsset]:
    """The images and faces there were at ``at``, by kind, name and face."""
    rows = TemplateAsset.objects.filter(marketplace_id=marketplace_id, created_at__lte=at).order_by("pk")
    last = {(asset.kind, asset.name, asset.face): asset for asset in rows}
    return [last[key] for key in sorted(last) if last[key].size]
