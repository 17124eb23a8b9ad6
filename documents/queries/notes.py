"""Reads about notes on documents."""

from typing import Any

from companies.queries.people import name_at
from documents.models import DocumentNote


def notes_of(marketplace_id: int, kind: str, document_id: int) -> list[DocumentNote]:
    """The notes and files of a document, oldest first, each with the row that strikes it; one query.

    ``by`` is what whoever wrote it was called then.
    """
    rows = DocumentNote.objects.filter(marketplace_id=marketplace_id, kind=kind, document_id=document_id)
    found: list[Any] = list(rows.annotate(by=name_at("created_by_id", "created_at")).order_by("pk"))
    struck = {row.strikes_id: row for row in found if row.strikes_id}
    notes = [row for row in found if row.strikes_id is None]
    for note in notes:
        note.strike = struck.get(note.pk)
    return notes
