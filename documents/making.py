"""Makes one PDF outside any transaction: read the frozen figures, render, store the bytes, then record the row.

A worker does it when somebody waits for it, a web process when somebody wants one that nobody waited for.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from core import outbox
from core.clock import database_now
from documents import defaults, printing, rendering
from documents.kinds import Content, kind_called
from documents.models import DocumentJob, Purpose, StoredDocument
from documents.rendering import RendererDied, RenderError
from documents.storage import document_storage

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which PDF: of which document of which marketplace, and for what purpose; ``reason`` asks for one more version."""

    marketplace_id: int
    kind: str
    document_id: int
    purpose: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    content: Content
    template: defaults.Template
    as_of: datetime
    pdf: bytes
    name: str
    sha256: str


class NotIssued(LookupError):
    """There is no such document, or it has no number yet: nothing can be printed."""


def make(wanted: Wanted, *, as_of: datetime) -> Callable[[], None]:
    """Make the PDF and store its bytes; returns what has to be recorded in one transaction with the job.

    A document that cannot be rendered is recorded as failed, with the reason. One that somebody wanted earlier is
    there already, and only told of. Raises RendererDied and OSError, after which another try makes sense.
    """
    found = stored_for(wanted)
    if found is not None:
        return lambda: _tell(_ready(wanted, found))
    set_state(wanted, DocumentJob.State.WORKING)
    try:
        made = _render(wanted, as_of)
    except RendererDied:
        raise
    except RenderError as error:
        return partial(set_state, wanted, DocumentJob.State.FAILED, str(error))
    return lambda: _tell(_record(wanted, made))


def make_now(wanted: Wanted) -> StoredDocument:
    """The newest PDF, made here and now when there is none; nobody is mailed about it.

    Raises NotIssued, RenderError (recorded as failed unless another try makes sense) and OSError.
    """
    found = stored_for(wanted)
    if found is not None:
        return found
    try:
        made = _render(wanted, database_now())
    except RendererDied:
        raise
    except RenderError as error:
        set_state(wanted, DocumentJob.State.FAILED, str(error))
        raise
    try:
        with transaction.atomic():
            return _record(wanted, made)
    except IntegrityError:  # Another connection was quicker by less than a statement.
        found = stored_for(wanted)
        if found is None:
            raise
        return found


def stored_for(wanted: Wanted) -> StoredDocument | None:
    """What answers the wish already: the newest version, unless one more is asked for."""
    return None if wanted.reason else _newest(wanted)


def _newest(wanted: Wanted) -> StoredDocument | None:
    rows = StoredDocument.objects.filter(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
    )
    return rows.order_by("-version").first()


def set_state(wanted: Wanted, state: str, reason: str = "", language: str = "") -> None:
    """Write where the PDF is; makes the row when it is the first word about it."""
    changes = {"state": state, "reason": reason, "version_reason": wanted.reason, "updated_at": database_now()}
    if language:
        changes["language"] = language
    DocumentJob.objects.update_or_create(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
        defaults=changes,
    )


def _render(wanted: Wanted, as_of: datetime) -> _Made:
    """Lay it out and store the bytes. An original says what was true at issue, whenever it is made."""
    content = kind_called(wanted.kind).content(wanted.document_id)
    if not content["issued_at"]:
        raise NotIssued
    if wanted.purpose == Purpose.ORIGINAL:
        content["voided_on"] = ""
        as_of = datetime.fromisoformat(content["issued_at"])
    language = defaults.language_for(content["languages"])
    template = defaults.template(wanted.kind, language)
    rendered = rendering.render_pdf(
        source=template.source,
        data=printing.present(content, kind=wanted.kind, language=language),
        must_show=content["number"],
        stamp=defaults.stamp_word(language) if wanted.purpose == Purpose.VOID_COPY else "",
    )
    pdf = rendered.pdf
    digest = hashlib.sha256(pdf).hexdigest()
    path = f"{wanted.marketplace_id}/{wanted.kind}/{wanted.document_id}/{wanted.purpose}-{digest}.pdf"
    name = document_storage().save(path, ContentFile(pdf))
    return _Made(content, template, as_of, pdf, name, digest)


def _record(wanted: Wanted, made: _Made) -> StoredDocument:
    """Insert the row and tell the state; inside a transaction. What another has stored meanwhile stays the only one."""
    last = _newest(wanted)
    if last is not None and not wanted.reason:
        return _ready(wanted, last)
    version = last.version + 1 if last else 1
    stored = StoredDocument.objects.create(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
        version=version,
        reason=wanted.reason,
        language=made.template.language,
        template_version=made.template.version,
        sha256=made.sha256,
        size=len(made.pdf),
        name=made.name,
        file_name=file_name(made.content["number"], wanted.purpose, version),
        as_of=made.as_of,
        created_at=database_now(),
    )
    return _ready(wanted, stored)


def _ready(wanted: Wanted, stored: StoredDocument) -> StoredDocument:
    set_state(wanted, DocumentJob.State.READY, language=stored.language)
    return stored


def _tell(stored: StoredDocument) -> None:
    """Let the others know of it, inside the transaction that closes the job."""
    outbox.publish(
        topic="document.stored",
        key=f"{stored.kind}:{stored.document_id}:{stored.purpose}:{stored.version}",
        marketplace_id=stored.marketplace_id,
        payload={
            "stored_document_id": stored.pk,
            "kind": stored.kind,
            "document_id": stored.document_id,
            "purpose": stored.purpose,
            "version": stored.version,
        },
        now=database_now(),
    )


def file_name(number: str, purpose: str, version: int) -> str:
    """What the file is called for people: the number in harmless characters, and what kind of copy it is."""
    parts = [_UNSAFE.sub("-", number).strip(".-") or "document"]
    if purpose != Purpose.ORIGINAL:
        parts.append(purpose.replace("_", "-"))
    if version > 1:
        parts.append(str(version))
    return "-".join(parts)[:90] + ".pdf"
