"""What pages ask about a document's PDFs."""

from dataclasses import dataclass

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
class Files:
    """The PDFs of one issued document: what is being made, and what is stored, the newest first."""

    kind: str
    document_id: int
    makings: list[Making]
    stored: list[StoredDocument]

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
    """The PDFs of an issued document, in two queries."""
    jobs = DocumentJob.objects.filter(kind=kind, document_id=document_id).order_by("pk")
    makings = [Making(job.purpose, job.state, job.reason) for job in jobs]
    stored = StoredDocument.objects.filter(kind=kind, document_id=document_id).order_by("-created_at", "-pk")
    return Files(kind, document_id, makings, list(stored))
