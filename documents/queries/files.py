"""What pages ask about a document's PDFs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Value

from documents.models import DocumentJob, Purpose, StoredDocument


@dataclass(frozen=True, slots=True)
class Making:
    """Where the PDF for one purpose is; ``state`` is a DocumentJob.State, ``reason`` says why it failed."""

    purpose: str
    state: str
    reason: str = ""

    @property
    def label(self) -> str:
        """The purpose in words."""
        return str(Purpose(self.purpose).label)

    @property
    def is_waiting(self) -> bool:
        """Whether it will change without anybody's hand."""
        return self.state in {DocumentJob.State.QUEUED, DocumentJob.State.WORKING}

    @property
    def has_failed(self) -> bool:
        """Whether somebody may try it again."""
        return self.state == DocumentJob.State.FAILED


@dataclass(frozen=True, slots=True)
class File:
    """A stored PDF; ``size`` in bytes, ``reason`` says why it was made again, ``note`` why it holds no e-invoice."""

    pk: int
    purpose: str
    reason: str
    file_name: str
    size: int
    note: str
    created_at: datetime

    @property
    def label(self) -> str:
        """The purpose in words."""
        return str(Purpose(self.purpose).label)


@dataclass(frozen=True, slots=True)
class Files:
    """The PDFs of one issued document: what is being made, and what is stored, the newest first."""

    kind: str
    document_id: int
    makings: list[Making]
    stored: list[File]

    @property
    def is_waiting(self) -> bool:
        """Whether a page should look again soon."""
        return any(making.is_waiting for making in self.makings)

    @property
    def is_made_when_wanted(self) -> bool:
        """Whether there is no original yet, and asking for it makes it."""
        known = {making.purpose for making in self.makings} | {stored.purpose for stored in self.stored}
        return Purpose.ORIGINAL not in known


def files_of(kind: str, document_id: int) -> Files:
    """The PDFs of an issued document, in one query: what is stored and what is being made have like columns."""
    mine = {"kind": kind, "document_id": document_id}
    own = ("pk", "purpose", "reason", "file_name", "size", "note", "created_at")
    stored = StoredDocument.objects.filter(**mine).order_by().values_list(*own, Value(""))
    jobs = DocumentJob.objects.filter(**mine).order_by()
    being_made = jobs.values_list("pk", "purpose", "reason", Value(""), Value(0), Value(""), "updated_at", "state")
    makings, files = [], []
    for pk, purpose, reason, file_name, size, note, at, state in sorted(stored.union(being_made, all=True)):
        if state:
            makings.append(Making(purpose, state, reason))
        else:
            files.append(File(pk, purpose, reason, file_name, size, note, at))
    return Files(kind, document_id, makings, sorted(files, key=lambda file: (file.created_at, file.pk), reverse=True))
