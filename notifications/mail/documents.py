"""The mails about PDFs: an invoice's or credit memo's original, and a credit memo's void copy."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import OutboxJob
from documents.domain.kinds import kind_called, wait_for
from documents.models import Purpose
from documents.pdf import printing
from notifications.domain.facts import facts_of
from notifications.domain.kinds import Notice, NotificationKind, register
from notifications.mail import samples
from notifications.queries import is_enabled


def _about(kind: str, purpose: str) -> Callable[[OutboxJob], Notice | None]:
    """A notice for each stored PDF of this kind and purpose; its first version only, as later ones are sent by hand."""

    def notice(job: OutboxJob) -> Notice | None:
        payload = job.payload
        if (payload["kind"], payload["purpose"]) != (kind, purpose) or payload["version"] != 1:
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


register(
    NotificationKind(
        name="credit_memo_pdf_created",
        label=_("Credit memo PDF created"),
        about=_("A credit memo was issued, and its PDF is ready."),
        topic="document.stored",
        notice=_about("credit_memo", Purpose.ORIGINAL),
        samples=samples.documents("credit_memo"),
        payload=_payload("credit_memo", Purpose.ORIGINAL),
        document="credit_memo",
        enabled=False,
        has_xml=True,
    )
)
register(
    NotificationKind(
        name="invoice_pdf_created",
        label=_("Invoice PDF created"),
        about=_("An invoice was issued, and its PDF is ready."),
        topic="document.stored",
        notice=_about("invoice", Purpose.ORIGINAL),
        samples=samples.documents("invoice"),
        payload=_payload("invoice", Purpose.ORIGINAL),
        document="invoice",
        enabled=True,
        has_xml=True,
    )
)
register(
    NotificationKind(
        name="credit_memo_voided",
        label=_("Credit memo voided"),
        about=_("A credit memo was voided; its PDF is the copy marked VOID."),
        topic="document.stored",
        notice=_about("credit_memo", Purpose.VOID_COPY),
        samples=samples.documents("credit_memo", voided_on="2026-06-02"),
        payload=_payload("credit_memo", Purpose.VOID_COPY),
        document="credit_memo",
        enabled=False,
    )
)
wait_for("credit_memo", partial(is_enabled, "credit_memo_pdf_created"))
wait_for("invoice", partial(is_enabled, "invoice_pdf_created"))
