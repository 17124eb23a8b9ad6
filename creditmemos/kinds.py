"""The credit memo as a kind of document, and what credit memos tell of the invoices that they were used on."""

from collections.abc import Sequence
from typing import Any

from babel import Locale
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from core.printable import one_line
from creditmemos import mails
from creditmemos.domain.adjustments import ORDINARY
from creditmemos.models import Application, CreditMemo, CreditMemoLine
from creditmemos.queries.sources import Source, sources_of
from documents.domain.kinds import Content, CreditUsed
from documents.einvoice import model
from documents.models import NumberSeries
from documents.pdf.printing import day
from documents.templates.variables import each, if_any
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
        *each(
            "sources",
            "credited",
            ("number", _("Number of an invoice that is credited")),
            ("date", _("Its date")),
        ),
        if_any("source.number", _("Numbers of all invoices that are credited")),
        if_any("source.date", _("Their dates")),
    )

    def documents(self) -> BillingDocumentQuerySet[Any]:
        """Every row, drafts too."""
        return CreditMemo.objects.all()

    def series_sql(self) -> str:
        """Adjustments have a series of their own."""
        return f"CASE purpose WHEN '{ORDINARY}' THEN '{self.name}' ELSE '{NumberSeries.Kind.ADJUSTMENT}' END"

    def printed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Adjustments are printed for nobody."""
        return rows.filter(purpose=ORDINARY)

    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        """Everything printed of each issued memo, from what was frozen then; in four queries.

        The invoices that it credits are told by its lines, which are frozen as their numbers and dates are (ADR 45).
        """
        memos = CreditMemo.objects.filter(pk__in=ids, number__isnull=False).select_related("marketplace")
        lines = CreditMemoLine.objects.order_by("position").prefetch_related("taxes")
        sources = sources_of(ids)
        found = memos.prefetch_related(Prefetch("lines", lines))
        return {memo.pk: _content(memo, sources.get(memo.pk, ())) for memo in found}

    def sample(self, content: Content) -> Content:
        """An invoice that is credited, and an effective date."""
        content["number"], content["effective_date"] = "CM-2026-00042", "2026-05-31"
        content["sources"] = [{"number": "INV-2026-00163", "date": "2026-05-04"}]
        return content

    def texts(self, content: Content, locale: Locale) -> dict[str, Any]:
        """The invoices that are credited: one by one, and as one line for templates that know of one alone."""
        sources = [
            {"number": one_line(source["number"]), "date": day(source["date"], locale)} for source in content["sources"]
        ]
        together = {name: ", ".join(source[name] for source in sources) for name in ("number", "date")}
        return {"sources": sources, "source": together}


def _content(memo: CreditMemo, sources: Sequence[Source]) -> Content:
    found = base_content(memo, [(line, list(line.taxes.all()), 0) for line in memo.lines.all()])
    found["sources"] = [{"number": source.number, "date": str(source.issue_date)} for source in sources]
    found["note"] = memo.customer_note
    return found


def credits_used(invoice_id: int) -> list[CreditUsed]:
    """The credits used on an invoice that were not taken back, in their order; for `invoices.kinds`."""
    rows = Application.objects.filter(invoice_id=invoice_id, reverses__isnull=True, reversal__isnull=True)
    used = rows.order_by("created_at", "pk").values_list("memo__number", "posting_date", "amount")
    return [{"number": number or "", "date": str(on), "amount": amount} for number, on, amount in used]
