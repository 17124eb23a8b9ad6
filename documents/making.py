"""Makes one PDF outside any transaction: read the frozen figures, render, store the bytes, then record the row."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db.models import Max

from core import outbox
from core.clock import database_now
from documents import defaults, printing, rendering
from documents.kinds import Content, kind_called
from documents.models import DocumentJob, Purpose, StoredDocument
from documents.rendering import RendererDied, RenderError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which PDF: of which document of which marketplace, and for what purpose."""

    marketplace_id: int
    kind: str
    document_id: int
    purpose: str


@dataclass(frozen=True, slots=True)
class _Made:
    content: Content
    template: defaults.Template
    pdf: bytes
    name: str
    sha256: str


def document_storage() -> Storage:
    """Where the bytes are."""
    return storages["documents"]


def make(wanted: Wanted, *, as_of: datetime) -> Callable[[], None]:
    """Make the PDF and store its bytes; returns what has to be recorded in one transaction with the job.

    A document that cannot be rendered is recorded as failed, with the reason. Raises RendererDied and OSError, after
    which another try makes sense.
    """
    set_state(wanted, DocumentJob.State.WORKING)
    content = kind_called(wanted.kind).content(wanted.document_id)
    try:
        made = _render(wanted, content)
    except RendererDied:
        raise
    except RenderError as error:
        reason = str(error)
        return lambda: set_state(wanted, DocumentJob.State.FAILED, reason)
    return lambda: _record(wanted, made, as_of)


def set_state(wanted: Wanted, state: str, reason: str = "", language: str = "") -> None:
    """Write where the PDF is; makes the row when it is the first word about it."""
    changes = {"state": state, "reason": reason, "updated_at": database_now()}
    if language:
        changes["language"] = language
    DocumentJob.objects.update_or_create(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
        defaults=changes,
    )


def _render(wanted: Wanted, content: Content) -> _Made:
    language = defaults.language_for(content["languages"])
    template = defaults.template(wanted.kind, language)
    pdf = rendering.render_pdf(
        source=template.source,
        data=printing.present(content, kind=wanted.kind, language=language),
        must_show=content["number"],
        stamp=defaults.stamp_word(language) if wanted.purpose == Purpose.VOID_COPY else "",
    )
    digest = hashlib.sha256(pdf).hexdigest()
    path = f"{wanted.marketplace_id}/{wanted.kind}/{wanted.document_id}/{wanted.purpose}-{digest}.pdf"
    name = document_storage().save(path, ContentFile(pdf))
    return _Made(content, template, pdf, name, digest)


def _record(wanted: Wanted, made: _Made, as_of: datetime) -> None:
    """Insert the row, tell the state, and tell the others; inside the transaction that closes the job."""
    now = database_now()
    same = StoredDocument.objects.filter(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
    )
    version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    stored = StoredDocument.objects.create(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
        version=version,
        language=made.template.language,
        template_version=made.template.version,
        sha256=made.sha256,
        size=len(made.pdf),
        name=made.name,
        file_name=file_name(made.content["number"], wanted.purpose, version),
        as_of=as_of,
        created_at=now,
    )
    set_state(wanted, DocumentJob.State.READY, language=made.template.language)
    outbox.publish(
        topic="document.stored",
        key=f"{wanted.kind}:{wanted.document_id}:{wanted.purpose}:{version}",
        marketplace_id=wanted.marketplace_id,
        payload={
            "stored_document_id": stored.pk,
            "kind": wanted.kind,
            "document_id": wanted.document_id,
            "purpose": wanted.purpose,
            "version": version,
        },
        now=now,
    )


def file_name(number: str, purpose: str, version: int) -> str:
    """What the file is called for people: the number in harmless characters, and what kind of copy it is."""
    parts = [_UNSAFE.sub("-", number).strip(".-") or "document"]
    if purpose != Purpose.ORIGINAL:
        parts.append(purpose.replace("_", "-"))
    if version > 1:
        parts.append(str(version))
    return "-".join(parts)[:90] + ".pdf"
