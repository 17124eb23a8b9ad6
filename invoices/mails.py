"""The mails about invoices, for the notifications app."""

from django.utils.translation import gettext_lazy as _

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
            enabled=True,
        )
    )
    register(
        pdf_mail(
            "invoice_voided",
            label=_("Invoice voided"),
            about=_("An invoice that had been mailed was voided; its PDF is the copy marked VOID."),
            document="invoice",
            enabled=True,
            voids=PDF_CREATED,
        )
    )
