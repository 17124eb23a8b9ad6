"""What invoices and credit memos print alike, from what was frozen when they were issued."""

from companies.domain.bank_details import BankDetails
from documents.domain.kinds import Content, Line, Party, Tax
from invoices.models import BillingDocument, DocumentLine, LineTax


def base_content(document: BillingDocument, lines: list[tuple[DocumentLine, list[LineTax], int]]) -> Content:
    """What invoices and credit memos have in common; each line comes with its taxes and discount (minor units)."""
    marketplace = document.marketplace
    effective = document.effective_date
    return Content(
        marketplace_id=marketplace.pk,
        company_id=document.payer_id,
        user_id=document.billed_user_id,
        languages=[document.language, marketplace.default_language],
        currency=document.currency,
        number=document.number or "",
        issued_at=document.issued_at.isoformat() if document.issued_at else "",
        issue_date=str(document.issue_date),
        effective_date="" if effective == document.issue_date else str(effective),
        due_date="",
        voided_on=str(marketplace.today(document.voided_at)) if document.voided_at else "",
        merchant=_party(document.frozen["merchant"]),
        merchant_code=document.frozen["merchant"]["code"],
        payer=_party(document.frozen["payer"]),
        billed_user=document.billed_user_name,
        sources=[],
        note="",
        lines=[_line(*line) for line in lines],
        taxes=tax_summary([tax for _line, taxes, _discount in lines for tax in taxes]),
        net=document.net,
        tax=document.tax,
        total=document.total,
        carried=0,
        due=document.total,
    )


def paid_to(document: BillingDocument) -> BankDetails | None:
    """Where an invoice is paid to, as it was issued; None where no account was known then."""
    frozen = document.frozen.get("pay_to")
    return BankDetails(**frozen) if frozen else None


def _party(frozen: dict[str, str]) -> Party:
    return Party(
        name=frozen["name"],
        street=frozen["street"],
        postal_code=frozen["postal_code"],
        city=frozen["city"],
        country=frozen["country"],
        tax_number=frozen["tax_number"],
    )


def _line(line: DocumentLine, taxes: list[LineTax], discount: int) -> Line:
    return Line(
        description=line.description,
        period_from=str(line.period_from or ""),
        period_to=str(line.period_to or ""),
        quantity=f"{line.quantity.normalize():f}",
        unit_price=f"{line.unit_price.normalize():f}",
        discount=discount,
        net=line.net,
        taxes=[{"name": tax.name, "rate": f"{tax.rate.normalize():f}"} for tax in taxes],
    )


def tax_summary(taxes: list[LineTax]) -> list[Tax]:
    """Taxes added up by name and rate, in the order of their first line."""
    summary: dict[tuple[str, str], Tax] = {}
    for tax in taxes:
        key = (tax.name, f"{tax.rate.normalize():f}")
        row = summary.setdefault(key, {"name": key[0], "rate": key[1], "base": 0, "amount": 0})
        row["base"] += tax.base
        row["amount"] += tax.amount
    return list(summary.values())
