"""What an invoice prints and who may see it, for the documents app."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from documents.domain.kinds import Content, Line, Party, Tax
from invoices.models import BillingDocument, DocumentLine, Invoice, InvoiceLine, LineTax

if TYPE_CHECKING:
    from companies.members import Member


LATEST = 10
"""Numbers that are offered to choose from."""


def contents(ids: Sequence[int]) -> dict[int, Content]:
    """Everything printed of each issued invoice, from what was frozen then; in three queries."""
    invoices = Invoice.objects.filter(pk__in=ids, number__isnull=False).select_related("marketplace")
    lines = InvoiceLine.objects.order_by("position").prefetch_related("taxes")
    found = invoices.prefetch_related(Prefetch("lines", lines))
    return {invoice.pk: _content(invoice) for invoice in found}


def _content(invoice: Invoice) -> Content:
    found = base_content(invoice, [(line, list(line.taxes.all()), line.discount) for line in invoice.lines.all()])
    found["due_date"] = str(invoice.due_date)
    found["carried"] = invoice.carried_in
    found["due"] = invoice.total - invoice.carried_in + invoice.carried_out
    found["credits"], found["credited"], found["paid"] = [], 0, 0
    return found


def visible_among(ids: Sequence[int], member: "Member") -> set[int]:
    """Those whose whole PDF this member may have, in one query."""
    if not member.may("documents.download"):
        return set()
    return set(Invoice.objects.visible_to(member).filter(pk__in=ids).values_list("pk", flat=True))


def find(number: str, member: "Member") -> int | None:
    """The id of the issued invoice with this number that the member sees."""
    return Invoice.objects.visible_to(member).filter(number=number).values_list("pk", flat=True).first()


def latest(member: "Member") -> list[str]:
    """The numbers that were issued last."""
    issued = Invoice.objects.visible_to(member).filter(number__isnull=False)
    return [number or "" for number in issued.order_by("-pk").values_list("number", flat=True)[:LATEST]]


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
        source=None,
        note="",
        lines=[_line(*line) for line in lines],
        taxes=tax_summary([tax for _line, taxes, _discount in lines for tax in taxes]),
        net=document.net,
        tax=document.tax,
        total=document.total,
        carried=0,
        due=document.total,
    )


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
