"""The credit memo as a kind of document, and what credit memos tell of the invoices that they were used on."""

from collections.abc import Sequence
from typing import Any

from babel import Locale
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.printable import one_line
from creditmemos import mails
from creditmemos.models import Application, CreditMemo, CreditMemoLine
from documents.domain.kinds import Content, CreditUsed
from documents.einvoice import model
from documents.pdf.printing import day
from documents.templates.variables import if_any
from invoices.kinds import BillingKind
from invoices.models import BillingDocumentQuerySet
from invoices.printing import base_content


class CreditMemoKind(BillingKind):
    """A credit memo; the reason and the internal note are never printed."""

    name = "credit_memo"
    label = _("Credit memo")
    plural = _("Credit memos")
    permission = "creditmemos.view"
    page = "creditmemos:detail"
    list_page = "creditmemos:list"
    id_key = "memo_id"
    issued = "credit_memo.issued"
    voided = "credit_memo.voided"
    prefix_setting = "memo_prefix"
    einvoice_type = model.CREDIT_NOTE
    pdf_mail = mails.PDF_CREATED
    design_words = {
        "en": {
            "title": "Credit memo",
            "total": "Total credit",
            "closing": "This credit reduces what you owe us. It is used on your open invoices or kept as a balance in "
            "your favour.",
        },
        "de": {
            "title": "Gutschrift",
            "total": "Gutschriftsbetrag",
            "closing": "Dieses Guthaben mindert, was Sie uns schulden. Es wird mit offenen Rechnungen verrechnet oder "
            "bleibt zu Ihren Gunsten stehen.",
        },
        "fr": {
            "title": "Avoir",
            "total": "Total de l’avoir",
            "closing": "Cet avoir réduit ce que vous nous devez. Il est imputé sur vos factures ouvertes ou reste à "
            "votre crédit.",
        },
    }
    variables = (
        if_any("source.number", _("Number of the invoice that is credited")),
        if_any("source.date", _("Date of the invoice that is credited")),
    )

    def documents(self) -> BillingDocumentQuerySet[Any]:
        """Every row, drafts too."""
        return CreditMemo.objects.all()

    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        """Everything printed of each issued memo, from what was frozen then; in three queries."""
        memos = CreditMemo.objects.filter(pk__in=ids, number__isnull=False).select_related("marketplace")
        lines = CreditMemoLine.objects.order_by("position").prefetch_related("taxes")
        return {memo.pk: _content(memo) for memo in memos.prefetch_related(Prefetch("lines", lines))}

    def sample(self, content: Content) -> Content:
        """An invoice that is credited, and an effective date."""
        content["number"], content["effective_date"] = "CM-2026-00042", "2026-05-31"
        content["source"] = {"number": "INV-2026-00163", "date": "2026-05-04"}
        return content

    def texts(self, content: Content, locale: Locale) -> dict[str, Any]:
        """The invoice that is credited."""
        source = content["source"] or {"number": "", "date": ""}
        return {"source": {"number": one_line(source["number"]), "date": day(source["date"], locale)}}


def _content(memo: CreditMemo) -> Content:
    found = base_content(memo, [(line, list(line.taxes.all()), 0) for line in memo.lines.all()])
    source = memo.frozen.get("source_invoice")
    if source:
        found["source"] = {"number": source["number"], "date": source["date"]}
    found["note"] = memo.customer_note
    return found


def credits_used(invoice_id: int) -> list[CreditUsed]:
    """The credits used on an invoice that were not taken back, in their order; for `invoices.kinds`."""
    rows = Application.objects.filter(invoice_id=invoice_id, reverses__isnull=True, reversal__isnull=True)
    used = rows.order_by("created_at", "pk").values_list("memo__number", "posting_date", "amount")
    return [{"number": number or "", "date": str(on), "amount": amount} for number, on, amount in used]
