"""Makes PDFs outside any transaction: read the frozen figures, render, store the bytes, then record the row.

A worker does it when somebody waits for it, a web process when somebody wants one that nobody waited for. A worker
that has many to make looks ahead: what they print, and with what, is read for all at once, and the renderer lays the
next one out while the worker stores and records the one before, each alone.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from core import metrics, outbox
from core.clock import database_now
from documents.domain.filenames import stem
from documents.domain.kinds import Content, kind_called
from documents.einvoice.output import Enclosure, enclosure_for
from documents.models import DocumentJob, Purpose, StoredDocument, TemplateVersion
from documents.pdf.layout import request_for
from documents.queries.resources import PrintResources
from documents.renderer import rendering
from documents.renderer.confinement import cpu_for
from documents.renderer.rendering import WALLS, Rendered, RendererDied, RenderError
from documents.storage.stores import document_storage
from documents.templates import defaults


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which PDF: of which document of which marketplace, and for what purpose; ``reason`` asks for one more version."""

    marketplace_id: int
    kind: str
    document_id: int
    purpose: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Layout:
    """What one PDF is printed from; ``as_of`` is the moment of issue for an original, else None."""

    content: Content
    template: TemplateVersion
    as_of: datetime | None
    enclosed: Enclosure
    request: dict[str, Any]

    def render(self) -> Rendered:
        """The PDF, from the renderer; asks no database, so that a thread may do it. Raises RenderError."""
        with metrics.timed_pdf():
            return rendering.render_pdf(**self.request)


@dataclass(frozen=True, slots=True)
class _Made:
    content: Content
    template: TemplateVersion
    as_of: datetime
    pdf: bytes
    enclosed: Enclosure
    note: str
    name: str
    sha256: str


class NotIssued(LookupError):
    """There is no such document, or it has no number yet: nothing can be printed."""


class Ahead:
    """What is known of several wishes, and the PDF of the next one: it is laid out while the one before is stored."""

    def __init__(self, stored: dict[Wanted, StoredDocument], contents: dict[Wanted, Content | None]) -> None:
        self.stored = stored
        self._contents = contents
        self._resources = {pk: PrintResources(pk) for pk in {wanted.marketplace_id for wanted in contents}}
        self._next = dict(pairwise(contents))
        self._begun: dict[Wanted, Future[tuple[_Layout, Rendered]]] = {}

    @property
    def missing(self) -> Iterable[Wanted]:
        """The wishes that nothing answers yet."""
        return self._contents

    def seconds(self, wanted: Wanted) -> int:
        """How long the renderer may take for it by the clock; 0 when nothing has to be made."""
        content = self._contents.get(wanted)
        return WALLS * cpu_for(len(content["lines"])) if content else 0

    def rendered(self, wanted: Wanted) -> tuple[_Layout, Rendered]:
        """What a wish is printed from, and its PDF. Raises NotIssued and RenderError."""
        begun = self._begun.pop(wanted, None)
        try:
            return begun.result() if begun else self._render(wanted)
        finally:
            if (following := self._next.get(wanted)) is not None:
                self._begin(following)

    def _render(self, wanted: Wanted) -> tuple[_Layout, Rendered]:
        layout = self._layout(wanted)
        return layout, layout.render()

    def _layout(self, wanted: Wanted) -> _Layout:
        return _layout(wanted, self._contents.get(wanted), self._resources[wanted.marketplace_id])

    def _begin(self, wanted: Wanted) -> None:
        try:
            layout = self._layout(wanted)
        except Exception:  # noqa: BLE001 - it is raised again when its turn has come
            return
        self._begun[wanted] = _hand(os.getpid()).submit(lambda: (layout, layout.render()))


@lru_cache(maxsize=1)
def _hand(_process: int) -> ThreadPoolExecutor:
    """The thread of this process that waits for the renderer."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="rendering")


def look_ahead(wishes: Sequence[Wanted]) -> Ahead:
    """Read what several wishes need, and say that they are being made; a few statements however many there are."""
    ahead = _known(wishes)
    _set_states(ahead.missing, DocumentJob.State.WORKING, database_now())
    return ahead


def _known(wishes: Sequence[Wanted]) -> Ahead:
    stored = _stored_for(wishes)
    missing = [wanted for wanted in wishes if wanted not in stored]
    ids: dict[str, set[int]] = defaultdict(set)
    for wanted in missing:
        ids[wanted.kind].add(wanted.document_id)
    found = {kind: kind_called(kind).contents(sorted(wished)) for kind, wished in ids.items()}
    return Ahead(stored, {wanted: found[wanted.kind].get(wanted.document_id) for wanted in missing})


def make(wanted: Wanted, *, as_of: datetime, ahead: Ahead | None = None, bulk: bool = False) -> Callable[[], None]:
    """Make the PDF and store its bytes; returns what has to be recorded in one transaction with the job.

    A document that cannot be rendered is recorded as failed, with the reason. One that somebody wanted earlier is
    there already, and only told of. Raises RendererDied and OSError, after which another try makes sense.
    """
    ahead = ahead or look_ahead([wanted])
    found = ahead.stored.get(wanted)
    if found is not None:
        return lambda: _tell(_ready(wanted, found, now := database_now()), now, bulk=bulk)
    try:
        made = _store(wanted, *ahead.rendered(wanted), as_of)
    except RendererDied:
        raise
    except RenderError as error:
        return partial(set_state, wanted, DocumentJob.State.FAILED, str(error))
    return lambda: _tell(_record(wanted, made, now := database_now()), now, bulk=bulk)


def make_now(wanted: Wanted) -> StoredDocument:
    """The newest PDF, made here and now when there is none; nobody is mailed about it.

    Raises NotIssued, RenderError (recorded as failed unless another try makes sense) and OSError.
    """
    return _make_now(wanted, _known([wanted]))


def originals(
    *, marketplace_id: int, kind: str, document_ids: Iterable[int]
) -> Iterator[tuple[int, StoredDocument | RenderError | NotIssued]]:
    """The newest original of each document in turn, made now where there is none, or why there is none.

    What many need is read together, as for a worker. Raises OSError.
    """
    wishes = [Wanted(marketplace_id, kind, document_id, Purpose.ORIGINAL) for document_id in document_ids]
    ahead = _known(wishes)
    for wanted in wishes:
        try:
            yield wanted.document_id, _make_now(wanted, ahead)
        except (RenderError, NotIssued) as error:
            yield wanted.document_id, error


def _make_now(wanted: Wanted, ahead: Ahead) -> StoredDocument:
    found = ahead.stored.get(wanted)
    if found is not None:
        return found
    try:
        made = _store(wanted, *ahead.rendered(wanted), database_now())
    except RendererDied:
        raise
    except RenderError as error:
        set_state(wanted, DocumentJob.State.FAILED, str(error))
        raise
    try:
        with transaction.atomic():
            return _record(wanted, made, database_now())
    except IntegrityError:  # Another connection was quicker by less than a statement.
        found = stored_for(wanted)
        if found is None:
            raise
        return found


def make_unified(wanted: Wanted, content: Content) -> StoredDocument:
    """The document with its credits as of today, laid out anew; kept as one more version when it says anything new.

    Raises as ``make_now`` does.
    """
    layout = _layout(wanted, content, PrintResources(wanted.marketplace_id))
    made = _store(wanted, layout, layout.render(), database_now())
    with transaction.atomic():
        last = stored_for(wanted)
        if last is not None and last.sha256 == made.sha256:
            return last
        again = replace(wanted, reason=gettext("As of %(day)s.") % {"day": content["as_of"]}) if last else wanted
        return _record(again, made, database_now())


def stored_for(wanted: Wanted) -> StoredDocument | None:
    """What answers the wish already: the newest version, unless one more is asked for."""
    return _stored_for([wanted]).get(wanted)


def _stored_for(wishes: Iterable[Wanted]) -> dict[Wanted, StoredDocument]:
    """The same for many, in one query for each kind and purpose."""
    ids: dict[tuple[int, str, str], dict[int, Wanted]] = defaultdict(dict)
    for wanted in wishes:
        if not wanted.reason:
            ids[wanted.marketplace_id, wanted.kind, wanted.purpose][wanted.document_id] = wanted
    found: dict[Wanted, StoredDocument] = {}
    for (marketplace_id, kind, purpose), wished in ids.items():
        rows = StoredDocument.objects.filter(marketplace_id=marketplace_id, kind=kind, purpose=purpose)
        for stored in rows.filter(document_id__in=wished).order_by("version"):
            found[wished[stored.document_id]] = stored
    return found


def set_state(wanted: Wanted, state: str, reason: str = "", language: str = "") -> None:
    """Write where the PDF is; makes the row when it is the first word about it."""
    _set_states([wanted], state, database_now(), reason, language)


def _set_states(wishes: Iterable[Wanted], state: str, now: datetime, reason: str = "", language: str = "") -> None:
    jobs = {
        (wanted.marketplace_id, wanted.kind, wanted.document_id, wanted.purpose): DocumentJob(
            marketplace_id=wanted.marketplace_id,
            kind=wanted.kind,
            document_id=wanted.document_id,
            purpose=wanted.purpose,
            language=language,
            state=state,
            reason=reason,
            version_reason=wanted.reason,
            updated_at=now,
        )
        for wanted in wishes
    }
    DocumentJob.objects.bulk_create(
        jobs.values(),
        update_conflicts=True,
        unique_fields=["marketplace", "kind", "document_id", "purpose"],
        update_fields=["state", "reason", "version_reason", "updated_at", *(["language"] if language else [])],
    )


def _layout(wanted: Wanted, content: Content | None, resources: PrintResources) -> _Layout:
    """What it is printed from. Raises NotIssued, and MaterialsAway for an image.

    An original says what was true at issue, whenever it is made, with the template of that moment; one more version
    that somebody asks for has today's.
    """
    if content is None or not content["issued_at"]:
        raise NotIssued
    as_of = None
    if wanted.purpose == Purpose.ORIGINAL:
        content = {**content, "voided_on": ""}
        as_of = datetime.fromisoformat(content["issued_at"])
    at = database_now() if as_of is None or wanted.reason else as_of
    template = resources.template_for(kind=wanted.kind, wishes=content["languages"], at=at)
    wants = resources.einvoice_in_pdf if wanted.purpose == Purpose.ORIGINAL else ""
    enclosed = enclosure_for(content, wanted.kind, wants)
    request = request_for(
        template,
        content,
        assets=resources.assets_at(at),
        stamp=defaults.stamp_word(template.language, wanted.purpose),
        enclose=(enclosed.name, enclosed.xml) if enclosed.syntax else None,
        unified=wanted.purpose == Purpose.UNIFIED,
    )
    return _Layout(content, template, as_of, enclosed, request)


def _store(wanted: Wanted, layout: _Layout, rendered: Rendered, as_of: datetime) -> _Made:
    """Store the bytes, which are true of ``as_of`` unless the layout knows better."""
    pdf = rendered.pdf
    digest = hashlib.sha256(pdf).hexdigest()
    path = f"{wanted.marketplace_id}/{wanted.kind}/{wanted.document_id}/{wanted.purpose}-{digest}.pdf"
    name = document_storage().save(path, ContentFile(pdf))
    note = " ".join(filter(None, [_missing(rendered.missing), layout.enclosed.note]))
    return _Made(layout.content, layout.template, layout.as_of or as_of, pdf, layout.enclosed, note, name, digest)


def _missing(characters: str) -> str:
    """What the document's page says about characters that are boxes in the PDF."""
    return gettext("No font has these characters: %(characters)s") % {"characters": characters} if characters else ""


def _record(wanted: Wanted, made: _Made, now: datetime) -> StoredDocument:
    """Insert the row and tell the state; inside a transaction. What another has stored meanwhile stays the only one."""
    last = stored_for(replace(wanted, reason=""))
    if last is not None and not wanted.reason:
        return _ready(wanted, last, now)
    version = last.version + 1 if last else 1
    stored = StoredDocument.objects.create(
        marketplace_id=wanted.marketplace_id,
        kind=wanted.kind,
        document_id=wanted.document_id,
        purpose=wanted.purpose,
        version=version,
        reason=wanted.reason,
        language=made.template.language,
        template=made.template,
        template_version=str(made.template)[:120],
        sha256=made.sha256,
        size=len(made.pdf),
        name=made.name,
        file_name=file_name(made.content["number"], wanted.purpose, version),
        einvoice=made.enclosed.syntax,
        note=made.note,
        as_of=made.as_of,
        created_at=now,
    )
    return _ready(wanted, stored, now)


def _ready(wanted: Wanted, stored: StoredDocument, now: datetime) -> StoredDocument:
    _set_states([wanted], DocumentJob.State.READY, now, language=stored.language)
    return stored


def _tell(stored: StoredDocument, now: datetime, *, bulk: bool) -> None:
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
        now=now,
        bulk=bulk,
    )


def file_name(number: str, purpose: str, version: int) -> str:
    """What the file is called for people: the number in harmless characters, and what kind of copy it is."""
    parts = [stem(number)]
    if purpose != Purpose.ORIGINAL:
        parts.append(purpose.replace("_", "-"))
    if version > 1:
        parts.append(str(version))
    return "-".join(parts)[:90] + ".pdf"
