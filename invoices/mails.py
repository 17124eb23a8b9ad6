"""The mails about invoices, for the notifications app."""

from django.utils.translation import gettext_lazy as _

from documents.models import Purpose
from notifications.handlers.mails import register
from notifications.mail.documents import pdf_mail

PDF_CREATED = "invoice_pdf_created"


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        pdf_mail(
            PDF_CREATED,
            label=_("Invoice PDF created"),
            about=_("An invoice was issued, and its PDF is ready."),
            document="invoice",
            purpose=Purpose.ORIGINAL,
            enabled=True,
        )
    )
