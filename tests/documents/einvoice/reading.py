"""Reads e-invoices back with plain XPath, and asks the official rules; nothing here comes from the writers."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from documents.domain.kinds import Content
from documents.einvoice.output import WRITERS
from documents.einvoice.translation import from_content
from documents.einvoice.validation import validate

SYNTAXES = ("ubl", "cii")
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
CII = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
WARNINGS = {"ubl": set(), "cii": {"PEPPOL-EN16931-R008"}}
"""What the rules only warn of: CII's schema wants an element about delivery, and nothing is delivered."""
SUM = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
PATHS = {
    "ubl": {
        "number": "/*/cbc:ID", "type": "/*/cbc:*[contains(local-name(), 'TypeCode')]",
        "currency": "/*/cbc:DocumentCurrencyCode", "due_date": "/*/cbc:DueDate", "issue_date": "/*/cbc:IssueDate",
        "net": "//cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount", "tax": "/*/cac:TaxTotal/cbc:TaxAmount",
        "total": "//cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
        "paid": "//cac:LegalMonetaryTotal/cbc:PrepaidAmount", "due": "//cac:LegalMonetaryTotal/cbc:PayableAmount",
        "preceding": "//cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", "note": "/*/cbc:Note",
        "preceding_days": "//cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate",
        "terms": "//cac:PaymentTerms/cbc:Note", "seller_vat": "//cac:AccountingSupplierParty//cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
        "seller_tax": "//cac:AccountingSupplierParty//cac:PartyTaxScheme[cac:TaxScheme/cbc:ID!='VAT']/cbc:CompanyID",
        "buyer_vat": "//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID",
        "categories": "//cac:TaxSubtotal/cac:TaxCategory/cbc:ID", "percents": "//cac:TaxSubtotal/cac:TaxCategory/cbc:Percent",
        "bases": "//cac:TaxSubtotal/cbc:TaxableAmount", "taxes": "//cac:TaxSubtotal/cbc:TaxAmount",
        "reasons": "//cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReason", "lines": "//cac:Item/cbc:Name",
        "quantities": "//cbc:InvoicedQuantity|//cbc:CreditedQuantity", "prices": "//cbc:PriceAmount",
        "nets": "//cac:InvoiceLine/cbc:LineExtensionAmount|//cac:CreditNoteLine/cbc:LineExtensionAmount",
        "discounts": "//cac:AllowanceCharge/cbc:Amount", "means": "//cac:PaymentMeans/cbc:PaymentMeansCode",
        "reference": "//cac:PaymentMeans/cbc:PaymentID", "account": "//cac:PayeeFinancialAccount/cbc:ID",
        "holder": "//cac:PayeeFinancialAccount/cbc:Name", "bic": "//cac:FinancialInstitutionBranch/cbc:ID",
    },
    "cii": {
        "number": "/*/rsm:ExchangedDocument/ram:ID", "type": "/*/rsm:ExchangedDocument/ram:TypeCode",
        "currency": "//ram:InvoiceCurrencyCode", "due_date": "//ram:DueDateDateTime/*",
        "issue_date": "//ram:IssueDateTime/*", "net": f"//{SUM}/ram:TaxBasisTotalAmount",
        "tax": f"//{SUM}/ram:TaxTotalAmount", "total": f"//{SUM}/ram:GrandTotalAmount",
        "paid": f"//{SUM}/ram:TotalPrepaidAmount", "due": f"//{SUM}/ram:DuePayableAmount",
        "preceding": "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID", "note": "//ram:IncludedNote/ram:Content",
        "preceding_days": "//ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime/*",
        "terms": "//ram:SpecifiedTradePaymentTerms/ram:Description",
        "seller_vat": "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']",
        "seller_tax": "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='FC']",
        "buyer_vat": "//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration/ram:ID",
        "categories": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode",
        "percents": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:RateApplicablePercent",
        "bases": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:BasisAmount",
        "taxes": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:CalculatedAmount",
        "reasons": "//ram:ApplicableTradeTax/ram:ExemptionReason", "lines": "//ram:SpecifiedTradeProduct/ram:Name",
        "quantities": "//ram:BilledQuantity", "prices": "//ram:NetPriceProductTradePrice/ram:ChargeAmount",
        "nets": "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        "discounts": "//ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount",
        "means": "//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", "reference": "//ram:PaymentReference",
        "account": "//ram:PayeePartyCreditorFinancialAccount/*[local-name() != 'AccountName']",
        "holder": "//ram:PayeePartyCreditorFinancialAccount/ram:AccountName", "bic": "//ram:BICID",
    },
}  # fmt: skip


@dataclass
class Read:
    """An e-invoice as somebody else reads it."""

    syntax: str
    xml: bytes

    def all(self, name: str) -> list[str]:
        """Every text of a term, in the order of the document."""
        found = etree.fromstring(self.xml).xpath(PATHS[self.syntax][name], namespaces=UBL | CII)
        return [node.text for node in found]

    def one(self, name: str) -> str:
        """The text of a term that is there once at most; days as ISO days."""
        texts = self.all(name)
        assert len(texts) <= 1, (name, texts)
        [text] = texts or [""]
        if name.endswith("_date") and self.syntax == "cii" and text:
            return f"{text[:4]}-{text[4:6]}-{text[6:]}"
        return text

    def amounts(self, name: str) -> list[Decimal]:
        """Every amount of a term."""
        return [Decimal(text) for text in self.all(name)]

    def amount(self, name: str) -> Decimal:
        """An amount that is there once at most."""
        return Decimal(self.one(name) or 0)

    def broken(self) -> set[str]:
        """The names of the rules that make it invalid; what they only warn of must be what is known."""
        problems = validate(self.xml, self.syntax)
        assert {problem.rule for problem in problems if not problem.is_fatal} <= WARNINGS[self.syntax]
        return {problem.rule for problem in problems if problem.is_fatal}


def written(content: Content, kind: str) -> list[Read]:
    """A document in both syntaxes. Raises NotRepresentable."""
    model = from_content(content, kind)
    return [Read(syntax, WRITERS[syntax](model)) for syntax in SYNTAXES]
