"""What goes along with a mail: the stored PDF, locked where the marketplace wants that, and the e-invoice.

The stored bytes stay as they are; only the copy that leaves is locked (ADR 18).
"""

import io
from typing import NamedTuple

from django.utils.translation import gettext as _
from pypdf import PdfReader, PdfWriter

from core.errors import Refusal
from documents.domain.kinds import kind_called
from documents.einvoice.output import Invalid, einvoice_for
from documents.models import StoredDocument
from documents.renderer.rendering import RendererDied, RenderError
from documents.storage.reading import Damaged, proved
from notifications.models import Delivery, NotificationSetting, Protection

LEAST_PASSWORD = 6
"""Characters; a shorter tax number would only look like a lock."""


class Unusable(Exception):
    """The attachment can't be sent, and another attempt would not help."""


class Attachment(NamedTuple):
    """One file of a mail."""

    name: str
    content: bytes
    media_type: str


class Enclosed(NamedTuple):
    """The files of a mail, and why the e-invoice is not among them although it was wanted."""

    files: list[Attachment]
    remark: str = ""


def enclosed_in(delivery: Delivery) -> Enclosed:
    """What goes along with one mail. Raises Unusable, RendererDied, and OSError while the storage is away."""
    stored = delivery.attachment
    if stored is None:
        return Enclosed([])
    try:
        pdf = proved(stored)
    except Damaged as error:
        raise Unusable(_("The attached PDF is missing, or does not match its record.")) from error
    if delivery.protection:
        pdf = locked(pdf, _password(delivery))
    files = [Attachment(stored.file_name, pdf, "application/pdf")]
    return _with_einvoice(files, stored) if delivery.attach_xml else Enclosed(files)


def locked(pdf: bytes, password: str) -> bytes:
    """The same pages, to be opened with the password only (AES-256)."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _password(delivery: Delivery) -> str:
    """What the customer knows and the mail does not say; as it is now, so that a missing one can be filled in."""
    if delivery.protection == Protection.TAX_NUMBER:
        password = "".join(delivery.company.tax_number.split())
        if len(password) < LEAST_PASSWORD:
            text = _("The PDF can't be protected, so it was not sent: %(company)s has no usable tax number.")
            raise Unusable(text % {"company": delivery.company})
        return password
    setting = NotificationSetting.objects.filter(marketplace_id=delivery.marketplace_id, kind=delivery.kind).first()
    if setting is None or not setting.phrase:
        raise Unusable(_("The PDF can't be protected, so it was not sent: the phrase is missing in the settings."))
    return setting.phrase


def _with_einvoice(files: list[Attachment], stored: StoredDocument) -> Enclosed:
    """The XML too; what the standard can't say is left out, as the PDF is what the customer waits for."""
    try:
        xml = einvoice_for(kind_called(stored.kind).content(stored.document_id), stored.kind)
    except RendererDied:
        raise
    except (Refusal, Invalid, RenderError) as error:
        return Enclosed(files, _("No e-invoice is attached. %(reason)s") % {"reason": error})
    name = f"{stored.file_name.removesuffix('.pdf')}.xml"
    return Enclosed([*files, Attachment(name, xml, "application/xml")])
