"""Writes the model as OASIS UBL 2.1: an Invoice or a CreditNote (CEN/TS 16931-3-2)."""

from decimal import Decimal

from documents.einvoice.model import (
    DISCOUNT,
    SPECIFICATION,
    UNIT,
    Category,
    EInvoice,
    Line,
    Party,
    Payment,
    Preceding,
    TaxSubtotal,
)
from documents.einvoice.xml import Content, Vocabulary, serialized

_SPACE = "urn:oasis:names:specification:ubl:schema:xsd:"


def _vocabulary(document: str) -> Vocabulary:
    return Vocabulary(
        {
            None: f"{_SPACE}{document}-2",
            "cac": f"{_SPACE}CommonAggregateComponents-2",
            "cbc": f"{_SPACE}CommonBasicComponents-2",
        }
    )


_INVOICE, _CREDIT_NOTE = _vocabulary("Invoice"), _vocabulary("CreditNote")


def write(invoice: EInvoice) -> bytes:
    """The document as XML."""
    return _Writer(invoice).document()


class _Writer:
    """Writes one document; elements stand in the order of the schema."""

    def __init__(self, invoice: EInvoice) -> None:
        self._of = invoice
        self._name = "CreditNote" if invoice.is_credit_note else "Invoice"
        self._e = _CREDIT_NOTE if invoice.is_credit_note else _INVOICE

    def document(self) -> bytes:
        e, of = self._e, self._of
        root = e.element(
            self._name,
            e("cbc:CustomizationID", SPECIFICATION),
            e("cbc:ID", of.number),
            e("cbc:IssueDate", of.issue_date),
            e("cbc:DueDate", of.due_date),
            e(f"cbc:{self._name}TypeCode", of.type_code),
            e("cbc:Note", of.note),
            e("cbc:DocumentCurrencyCode", of.currency),
            [self._preceding(each) for each in of.preceding],
            e("cac:AccountingSupplierParty", self._party(of.seller)),
            e("cac:AccountingCustomerParty", self._party(of.buyer)),
            self._payment(of.payment),
            e("cac:PaymentTerms", e("cbc:Note", of.terms)),
            e("cac:TaxTotal", self._amount("TaxAmount", of.tax), [self._subtotal(row) for row in of.taxes]),
            e(
                "cac:LegalMonetaryTotal",
                self._amount("LineExtensionAmount", of.net),
                self._amount("TaxExclusiveAmount", of.net),
                self._amount("TaxInclusiveAmount", of.total),
                self._amount("PrepaidAmount", of.paid) if of.paid else None,
                self._amount("PayableAmount", of.due),
            ),
            [self._line(line) for line in of.lines],
        )
        return serialized(root)

    def _amount(self, name: str, amount: Decimal) -> Content:
        return self._e(f"cbc:{name}", amount, currencyID=self._of.currency)

    def _preceding(self, preceding: Preceding) -> Content:
        e = self._e
        return e(
            "cac:BillingReference",
            e(
                "cac:InvoiceDocumentReference",
                e("cbc:ID", preceding.number),
                e("cbc:IssueDate", preceding.issue_date),
            ),
        )

    def _party(self, party: Party) -> Content:
        e = self._e
        return e(
            "cac:Party",
            e("cac:PartyIdentification", e("cbc:ID", party.identifier)),
            e(
                "cac:PostalAddress",
                e("cbc:StreetName", party.street),
                e("cbc:CityName", party.city),
                e("cbc:PostalZone", party.postal_code),
                e("cac:Country", e("cbc:IdentificationCode", party.country)),
            ),
            self._registration(party.vat_number, "VAT"),
            self._registration(party.tax_number, "TAX"),
            e("cac:PartyLegalEntity", e("cbc:RegistrationName", party.name)),
            e("cac:Contact", e("cbc:Name", party.contact)),
        )

    def _registration(self, number: str, scheme: str) -> Content:
        e = self._e
        if not number:
            return None
        return e("cac:PartyTaxScheme", e("cbc:CompanyID", number), e("cac:TaxScheme", e("cbc:ID", scheme)))

    def _payment(self, payment: Payment | None) -> Content:
        e = self._e
        if payment is None:
            return None
        return e(
            "cac:PaymentMeans",
            e("cbc:PaymentMeansCode", payment.means),
            e("cbc:PaymentID", payment.reference),
            e(
                "cac:PayeeFinancialAccount",
                e("cbc:ID", payment.account),
                e("cbc:Name", payment.holder),
                e("cac:FinancialInstitutionBranch", e("cbc:ID", payment.bic)),
            ),
        )

    def _subtotal(self, row: TaxSubtotal) -> Content:
        return self._e(
            "cac:TaxSubtotal",
            self._amount("TaxableAmount", row.base),
            self._amount("TaxAmount", row.amount),
            self._category("cac:TaxCategory", row.category, row.reason),
        )

    def _category(self, name: str, category: Category, reason: str = "") -> Content:
        e = self._e
        return e(
            name,
            e("cbc:ID", category.code),
            e("cbc:Percent", category.percent),
            e("cbc:TaxExemptionReason", reason),
            e("cac:TaxScheme", e("cbc:ID", "VAT")),
        )

    def _line(self, line: Line) -> Content:
        e = self._e
        quantity = "CreditedQuantity" if self._of.is_credit_note else "InvoicedQuantity"
        return e(
            f"cac:{self._name}Line",
            e("cbc:ID", line.identifier),
            e(f"cbc:{quantity}", line.quantity, unitCode=UNIT),
            self._amount("LineExtensionAmount", line.net),
            e("cac:InvoicePeriod", e("cbc:StartDate", line.period_from), e("cbc:EndDate", line.period_to)),
            self._discount(line),
            e(
                "cac:Item",
                e("cbc:Name", line.name),
                self._category("cac:ClassifiedTaxCategory", line.category),
            ),
            e("cac:Price", self._amount("PriceAmount", line.price)),
        )

    def _discount(self, line: Line) -> Content:
        e = self._e
        if not line.discount:
            return None
        return e(
            "cac:AllowanceCharge",
            e("cbc:ChargeIndicator", "false"),
            e("cbc:AllowanceChargeReasonCode", DISCOUNT),
            e("cbc:AllowanceChargeReason", line.discount_reason),
            self._amount("Amount", line.discount),
        )
