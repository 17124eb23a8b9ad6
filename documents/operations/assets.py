"""What people do with the images and fonts of their templates: add, replace, take away."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy

from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from documents.domain.pictures import PictureRefused, rewrite
from documents.models import TemplateAsset
from documents.queries.assets import assets_at
from documents.renderer import rendering
from documents.renderer.rendering import RenderError
from documents.storage.stores import document_storage

MOST_ASSETS = 40
_PICTURE = {
    "large": gettext_lazy("The image is too large: at most 2 MB and 25 million pixels."),
    "unreadable": gettext_lazy("This image can't be read. Choose a PNG, JPEG, GIF or WebP file."),
    "heavy": gettext_lazy("Even scaled down, the image needs more than 400 KB. Choose a simpler one, or a JPEG."),
}


class TooMany(Refusal):
    """A marketplace keeps so many images and faces at most."""

    code = "template_assets_full"
    text = gettext_lazy("There are already %(n)s images and fonts. Remove one first.")


class NotStored(Refusal):
    """The storage takes nothing right now."""

    code = "template_asset_not_stored"
    text = gettext_lazy("It could not be stored. Please try again later.")


class NotThere(Refusal):
    """It was taken away or replaced meanwhile."""

    code = "template_asset_gone"
    text = gettext_lazy("It has been replaced or removed since you opened this page.")


def add_image(*, name: str, content: bytes, file_name: str, actor: Actor, now: datetime) -> TemplateAsset:
    """Keep an image under a name, in place of the one that had it.

    Raises InvalidInput (field "file"), TooMany and NotStored.
    """
    try:
        picture = rewrite(content)
    except PictureRefused as error:
        raise InvalidInput(str(_PICTURE[error.code]), field="file") from error
    return _keep(
        TemplateAsset(
            kind=TemplateAsset.Kind.IMAGE,
            name=name,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
        ),
        picture.content,
        file_name=file_name,
        actor=actor,
        now=now,
    )


def add_font(*, name: str, face: str, content: bytes, file_name: str, actor: Actor, now: datetime) -> TemplateAsset:
    """Keep one face of a font family, in place of the one there was.

    Raises InvalidInput (field "file"), TooMany and NotStored.
    """
    try:
        rendering.check_font(content)
    except RenderError as error:
        raise InvalidInput(str(error), field="file") from error
    asset = TemplateAsset(kind=TemplateAsset.Kind.FONT, name=name, face=face, media_type="font/ttf")
    return _keep(asset, content, file_name=file_name, actor=actor, now=now)


def _keep(asset: TemplateAsset, content: bytes, *, file_name: str, actor: Actor, now: datetime) -> TemplateAsset:
    """Store the bytes under their hash, then the row; the same bytes again are the asset that is there."""
    digest = hashlib.sha256(content).hexdigest()
    suffix = asset.media_type.partition("/")[2]
    try:
        stored = document_storage().save(f"{actor.marketplace_id}/assets/{digest}.{suffix}", ContentFile(content))
    except OSError as error:
        raise NotStored from error
    with transaction.atomic():
        there = assets_at(actor.marketplace_id, now)
        same = next((one for one in there if _place(one) == _place(asset)), None)
        if same is not None and same.sha256 == digest:
            return same
        if same is None and len(there) >= MOST_ASSETS:
            raise TooMany(n=MOST_ASSETS)
        asset.marketplace_id, asset.created_at, asset.created_by_id = actor.marketplace_id, now, actor.user_id
        asset.sha256, asset.size, asset.stored, asset.file_name = digest, len(content), stored, file_name[:120]
        asset.save(force_insert=True)
        after: dict[str, object] = {"name": str(asset), "file": asset.file_name, "size": asset.size}
        audit.record(actor=actor, verb="template.asset_kept", now=now, obj=asset, after=after)
    return asset


@transaction.atomic
def remove(*, asset: TemplateAsset, actor: Actor, now: datetime) -> TemplateAsset:
    """Take an image or face away from now on; documents issued before keep it. Raises NotThere."""
    if asset not in assets_at(actor.marketplace_id, now):
        raise NotThere
    gone = TemplateAsset.objects.create(
        marketplace_id=actor.marketplace_id,
        kind=asset.kind,
        name=asset.name,
        face=asset.face,
        created_at=now,
        created_by_id=actor.user_id,
    )
    audit.record(actor=actor, verb="template.asset_removed", now=now, obj=gone, before={"name": str(asset)})
    return gone


def _place(asset: TemplateAsset) -> tuple[str, str, str]:
    return asset.kind, asset.name.lower(), asset.face
