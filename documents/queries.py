"""What pages ask about a document's PDFs."""

from dataclasses import dataclass

from django.db.models import QuerySet

from documents.models import DocumentJob, Purpose, StoredDocument


@dataclass(frozen=True, slots=True)
class DocumentState:
    """Where the PDF is: ``state`` is one of DocumentJob.State, ``stored`` the newest version when there is one."""

    kind: str
    document_id: int
    purpose: str
    state: str
    reason: str
    stored: StoredDocument | None

    @property
    def label(self) -> str:
        """The state in words."""
        return str(DocumentJob.State(self.state).label)

    @property
    def is_waiting(self) -> bool:
        """Whether it will change without anybody's hand."""
        return self.state in {DocumentJob.State.QUEUED, DocumentJob.State.MAKING}


def state_of(kind: str, document_id: int, purpose: str = Purpose.ORIGINAL) -> DocumentState:
    """The state of an issued document's PDF; without a job row it is queued, since issuing always asks for it."""
    job = DocumentJob.objects.filter(kind=kind, document_id=document_id, purpose=purpose).first()
    stored = stored_documents(kind, document_id).filter(purpose=purpose).first()
    if job is None:
        state = DocumentJob.State.READY if stored else DocumentJob.State.QUEUED
        return DocumentState(kind, document_id, purpose, state, "", stored)
    return DocumentState(kind, document_id, purpose, job.state, job.reason, stored)


def stored_documents(kind: str, document_id: int) -> QuerySet[StoredDocument]:
    """All PDFs of a document, the newest first."""
    return StoredDocument.objects.filter(kind=kind, document_id=document_id).order_by("-created_at", "-id")
