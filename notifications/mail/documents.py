"""The mails about PDFs: a document's original, or its void copy."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise

from core.models import OutboxJob
from documents.domain.kinds import kind_called
from documents.models import Purpose
from documents.pdf import printing
from notifications.domain.facts import facts_of
from notifications.domain.kinds import Notice, NotificationKind
from notifications.mail import samples
from notifications.mail.truth import where_it_went, while_not_void

VOIDED_ON = "2026-06-02"
"""The day in the sample of a void copy."""


def _about(kind: str, purpose: str, unless: Callable[[int], bool]) -> Callable[[OutboxJob], Notice | None]:
    """A notice for each stored PDF of this kind and purpose; its first version only, as later ones are sent by hand."""

    def notice(job: OutboxJob) -> Notice | None:
        payload = job.payload
        if (payload["kind"], payload["purpose"]) != (kind, purpose) or payload["version"] != 1:
            return None
        if unless(payload["document_id"]):
            return None
        content = kind_called(kind).content(payload["document_id"])

        def present(language: str) -> dict[str, Any]:
            return printing.present(content, kind=kind, language=language)

        return Notice(
            company_id=content["company_id"],
            user_id=content["user_id"],
            subject_kind=kind,
            subject_id=payload["document_id"],
            number=content["number"],
            facts=facts_of(content),
            languages=content["languages"],
            present=present,
            attachment_id=payload["stored_document_id"],
        )

    return notice


def _payload(kind: str, purpose: str) -> Callable[[int], dict[str, Any]]:
    """What the event about the first PDF of a document says, before there is one."""

    def payload(document_id: int) -> dict[str, Any]:
        made = {"kind": kind, "purpose": purpose, "version": 1, "stored_document_id": None}
        return {**made, "document_id": document_id}

    return payload


def _never(_document_id: int) -> bool:
    return False


def pdf_mail(
    name: str,
    *,
    label: str | Promise,
    about: str | Promise,
    document: str,
    enabled: bool,
    voids: str = "",
    unless: Callable[[int], bool] = _never,
) -> NotificationKind:
    """The mail about the first PDF of a kind of document: its original, with the e-invoice if any, or its void copy.

    ``voids`` names the mail of the original: the void copy is sent wherever that one went. ``unless`` says of a
    document's id that another mail tells of it.
    """
    is_void, purpose = bool(voids), Purpose.VOID_COPY if voids else Purpose.ORIGINAL
    return NotificationKind(
        name=name,
        label=label,
        about=about,
        topic="document.stored",
        notice=_about(document, purpose, unless),
        samples=samples.documents(document, **({"voided_on": VOIDED_ON} if is_void else {})),
        payload=_payload(document, purpose),
        still_true=where_it_went(document, voids) if is_void else while_not_void(document),
        document=document,
        enabled=enabled,
        follows=voids,
        purpose=purpose,
        has_xml=not is_void and kind_called(document).einvoice_type is not None,
    )
