"""Writes the model as UN/CEFACT Cross Industry Invoice D16B (CEN/TS 16931-3-3)."""

from datetime import date

from documents.einvoice.model import (
    DISCOUNT,
    SPECIFICATION,
    UNIT,
    EInvoice,
    Line,
    Party,
    Payment,
    Preceding,
    TaxSubtotal,
)
from documents.einvoice.xml import Content, Vocabulary, serialized

_SPACE = "urn:un:unece:uncefact:data:standard:"
_BASIC_DAY = "102"
"""The format code of a day written as 20260531."""

_e = Vocabulary(
    {
        "rsm": f"{_SPACE}CrossIndustryInvoice:100",
        "ram": f"{_SPACE}ReusableAggregateBusinessInformationEntity:100",
        "qdt": f"{_SPACE}QualifiedDataType:100",
        "udt": f"{_SPACE}UnqualifiedDataType:100",
    }
)


def write(invoice: EInvoice) -> bytes:
    """The document as XML; elements stand in the order of the schema."""
    return serialized(
        _e.element(
            "rsm:CrossIndustryInvoice",
            _e(
                "rsm:ExchangedDocumentContext",
                _e("ram:GuidelineSpecifiedDocumentContextParameter", _e("ram:ID", SPECIFICATION)),
            ),
            _e(
                "rsm:ExchangedDocument",
                _e("ram:ID", invoice.number),
                _e("ram:TypeCode", invoice.type_code),
                _day("ram:IssueDateTime", invoice.issue_date),
                _e("ram:IncludedNote", _e("ram:Content", invoice.note)),
            ),
            _e(
                "rsm:SupplyChainTradeTransaction",
                [_line(line) for line in invoice.lines],
                _e(
                    "ram:ApplicableHeaderTradeAgreement",
                    _party("ram:SellerTradeParty", invoice.seller),
                    _party("ram:BuyerTradeParty", invoice.buyer),
                ),
                _e.element("ram:ApplicableHeaderTradeDelivery"),  # Nothing is delivered, but the schema wants it.
                _settlement(invoice),
            ),
        )
    )


def _line(line: Line) -> Content:
    return _e(
        "ram:IncludedSupplyChainTradeLineItem",
        _e("ram:AssociatedDocumentLineDocument", _e("ram:LineID", line.identifier)),
        _e("ram:SpecifiedTradeProduct", _e("ram:Name", line.name)),
        _e(
            "ram:SpecifiedLineTradeAgreement",
            _e("ram:NetPriceProductTradePrice", _e("ram:ChargeAmount", line.price)),
        ),
        _e("ram:SpecifiedLineTradeDelivery", _e("ram:BilledQuantity", line.quantity, unitCode=UNIT)),
        _e(
            "ram:SpecifiedLineTradeSettlement",
            _e(
                "ram:ApplicableTradeTax",
                _e("ram:TypeCode", "VAT"),
                _e("ram:CategoryCode", line.category.code),
                _e("ram:RateApplicablePercent", line.category.percent),
            ),
            _e(
                "ram:BillingSpecifiedPeriod",
                _day("ram:StartDateTime", line.period_from),
                _day("ram:EndDateTime", line.period_to),
            ),
            _discount(line),
            _e("ram:SpecifiedTradeSettlementLineMonetarySummation", _e("ram:LineTotalAmount", line.net)),
        ),
    )


def _discount(line: Line) -> Content:
    if not line.discount:
        return None
    return _e(
        "ram:SpecifiedTradeAllowanceCharge",
        _e("ram:ChargeIndicator", _e("udt:Indicator", "false")),
        _e("ram:ActualAmount", line.discount),
        _e("ram:ReasonCode", DISCOUNT),
        _e("ram:Reason", line.discount_reason),
    )


def _party(name: str, party: Party) -> Content:
    return _e(
        name,
        _e("ram:ID", party.identifier),
        _e("ram:Name", party.name),
        _e("ram:DefinedTradeContact", _e("ram:PersonName", party.contact)),
        _e(
            "ram:PostalTradeAddress",
            _e("ram:PostcodeCode", party.postal_code),
            _e("ram:LineOne", party.street),
            _e("ram:CityName", party.city),
            _e("ram:CountryID", party.country),
        ),
        _e("ram:SpecifiedTaxRegistration", _e("ram:ID", party.vat_number, schemeID="VA")),
        _e("ram:SpecifiedTaxRegistration", _e("ram:ID", party.tax_number, schemeID="FC")),
    )


def _settlement(invoice: EInvoice) -> Content:
    return _e(
        "ram:ApplicableHeaderTradeSettlement",
        _e("ram:PaymentReference", invoice.payment.reference) if invoice.payment else None,
        _e("ram:InvoiceCurrencyCode", invoice.currency),
        _payment(invoice.payment),
        [_subtotal(row) for row in invoice.taxes],
        _e(
            "ram:SpecifiedTradePaymentTerms",
            _e("ram:Description", invoice.terms),
            _day("ram:DueDateDateTime", invoice.due_date),
        ),
        _e(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _e("ram:LineTotalAmount", invoice.net),
            _e("ram:TaxBasisTotalAmount", invoice.net),
            _e("ram:TaxTotalAmount", invoice.tax, currencyID=invoice.currency),
            _e("ram:GrandTotalAmount", invoice.total),
            _e("ram:TotalPrepaidAmount", invoice.paid) if invoice.paid else None,
            _e("ram:DuePayableAmount", invoice.due),
        ),
        [_preceding(each) for each in invoice.preceding],
    )


def _payment(payment: Payment | None) -> Content:
    if payment is None:
        return None
    return _e(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        _e("ram:TypeCode", payment.means),
        _e(
            "ram:PayeePartyCreditorFinancialAccount",
            _e("ram:IBANID", payment.account) if payment.is_iban else None,
            _e("ram:AccountName", payment.holder),
            None if payment.is_iban else _e("ram:ProprietaryID", payment.account),
        ),
        _e("ram:PayeeSpecifiedCreditorFinancialInstitution", _e("ram:BICID", payment.bic)),
    )


def _subtotal(row: TaxSubtotal) -> Content:
    return _e(
        "ram:ApplicableTradeTax",
        _e("ram:CalculatedAmount", row.amount),
        _e("ram:TypeCode", "VAT"),
        _e("ram:ExemptionReason", row.reason),
        _e("ram:BasisAmount", row.base),
        _e("ram:CategoryCode", row.category.code),
        _e("ram:RateApplicablePercent", row.category.percent),
    )


def _preceding(preceding: Preceding) -> Content:
    return _e(
        "ram:InvoiceReferencedDocument",
        _e("ram:IssuerAssignedID", preceding.number),
        _day("ram:FormattedIssueDateTime", preceding.issue_date, "qdt"),
    )


def _day(name: str, day: date | None, prefix: str = "udt") -> Content:
    if day is None:
        return None
    return _e(name, _e(f"{prefix}:DateTimeString", f"{day:%Y%m%d}", format=_BASIC_DAY))
