"""Issue an invoice: lines, journal, audit, event, and the number as the last statement."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, MarketplaceSettings, TaxBy, User
from companies.queries.people import name_in
from core import audit, idempotency, outbox
from core.actors import Actor
from core.errors import InvalidInput, Missing
from documents.models import NumberSeries
from documents.operations import numbering
from invoices.domain.charging import Charge, check, net_of
from invoices.domain.taxing import taxes_of
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from ledger.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, post


@transaction.atomic
def issue(
    *,
    account: BalanceAccount,
    charges: Sequence[Charge],
    actor: Actor,
    now: datetime,
    key: str,
    source: str = Invoice.Source.AD_HOC,
    beneficiary: Company | None = None,
    billed_user: User | None = None,
    effective_date: date | None = None,
    terms_days: int | None = None,
) -> Invoice:
    """Issue an invoice on a balance account and return it; ``terms_days`` is days from issue to due.

    Refused: no lines, a line below zero or that can't be stored as it stands, a beneficiary that another company pays
    for, an effective date in a closed period or after today.
    """
    beneficiary = beneficiary or account.payer
    parties = [account.pk, beneficiary.pk, billed_user.pk if billed_user else None]
    body = [*parties, [repr(charge) for charge in charges], source, str(effective_date), terms_days]
    again = idempotency.claim(actor=actor, operation="invoices.issue", key=key, body=body, now=now)
    if again:
        return Invoice.objects.get(pk=again.result["invoice_id"])
    _check_parties(account, beneficiary, actor)
    settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace_id=account.marketplace_id)
    today = settings.marketplace.today(now)
    check_effective_date(effective_date, account=account, today=today)
    invoice = _draft(account, charges, settings, actor, now, today, source, beneficiary, billed_user)
    post(
        account=account, posting_date=today, verb="invoice.issue", entries=issue_entries(invoice), actor=actor, now=now
    )
    facts = {"total": invoice.total, "currency": invoice.currency}
    audit.record(actor=actor, verb="invoice.issued", obj=invoice, company_id=account.payer_id, after=facts, now=now)
    outbox.publish(
        topic="invoice.issued",
        key=f"invoice.issued:{invoice.pk}",
        marketplace_id=account.marketplace_id,
        payload={"invoice_id": invoice.pk, "account_id": account.pk},
        now=now,
    )
    idempotency.remember(actor=actor, operation="invoices.issue", key=key, result={"invoice_id": invoice.pk})
    days = terms_days if terms_days is not None else account.payer.payment_terms_days
    _number(invoice, settings, today, now, effective_date, settings.payment_terms_days if days is None else days)
    return invoice


def _check_parties(account: BalanceAccount, beneficiary: Company, actor: Actor) -> None:
    if account.marketplace_id != actor.marketplace_id:
        raise Missing
    inside = beneficiary.marketplace_id == account.marketplace_id
    if not inside or account.payer_id not in (beneficiary.pk, beneficiary.reseller_id):
        raise InvalidInput(_("Another company pays for this one."), field="company")


def check_effective_date(effective_date: date | None, *, account: BalanceAccount, today: date) -> None:
    """Refuse an effective date after today or on or before the merchant's last closed day."""
    closed = account.merchant.closed_through
    if effective_date is None:
        return
    if effective_date > today:
        raise InvalidInput(_("The effective date can't be after today."), field="effective_date")
    if closed and effective_date <= closed:
        raise InvalidInput(
            _("The period up to %(day)s is closed.") % {"day": closed.isoformat()}, field="effective_date"
        )


def issue_entries(invoice: Invoice) -> list[Entry]:
    """What issuing posts: receivable against revenue and each tax."""
    taxes: dict[str, int] = {}
    rows = InvoiceLineTax.objects.filter(line__invoice=invoice).order_by("pk").values_list("name", "amount")
    for name, amount in rows:
        taxes[name] = taxes.get(name, 0) + amount
    return [
        Entry(Account.RECEIVABLE, invoice.total, invoice_id=invoice.pk),
        Entry(Account.REVENUE, -invoice.net),
        *(Entry(Account.TAX_PAYABLE, -amount, detail=name) for name, amount in taxes.items()),
    ]


def _draft(
    account: BalanceAccount,
    charges: Sequence[Charge],
    settings: MarketplaceSettings,
    actor: Actor,
    now: datetime,
    today: date,
    source: str,
    beneficiary: Company,
    billed_user: User | None,
) -> Invoice:
    lines = _lines(charges, account.currency, by_document=settings.tax_by == TaxBy.DOCUMENT)
    if not lines:
        raise InvalidInput(_("An invoice needs at least one line."), field="lines")
    merchant = account.merchant
    invoice = Invoice.objects.create(
        marketplace_id=account.marketplace_id,
        account=account,
        merchant=merchant,
        payer=account.payer,
        beneficiary=beneficiary,
        billed_user=billed_user,
        currency=account.currency,
        payer_name=account.payer.name,
        billed_user_name=name_in(account.marketplace_id, billed_user),
        document_date=today,
        language=account.payer.language or account.marketplace.default_language,
        frozen={
            "payer": account.payer.snapshot(),
            "beneficiary": beneficiary.snapshot(),
            "merchant": merchant.company.snapshot() | {"code": merchant.code},
        },
        tax_by=settings.tax_by,
        net=sum(line.net for line, _taxes in lines),
        tax=sum(line.tax for line, _taxes in lines),
        total=sum(line.gross for line, _taxes in lines),
        source=source,
        created_at=now,
        created_by_id=actor.user_id,
    )
    for line, _taxes in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create([line for line, _taxes in lines])
    for line, taxes in lines:
        for tax in taxes:
            tax.line = line
    InvoiceLineTax.objects.bulk_create([tax for _line, taxes in lines for tax in taxes])
    return invoice


def _lines(
    charges: Sequence[Charge], currency: str, *, by_document: bool
) -> list[tuple[InvoiceLine, list[InvoiceLineTax]]]:
    nets = [_net(position, charge, currency) for position, charge in enumerate(charges, start=1)]
    bases = [(net, charge.taxes) for net, charge in zip(nets, charges, strict=True)]
    found = []
    for position, (charge, net, amounts) in enumerate(
        zip(charges, nets, taxes_of(bases, by_document=by_document), strict=True), start=1
    ):
        taxes = [
            InvoiceLineTax(name=tax.name, rate=tax.rate, base=net, amount=amount)
            for tax, amount in zip(charge.taxes, amounts, strict=True)
        ]
        found.append((_line(position, charge, net, tax=sum(amounts)), taxes))
    return found


def _net(position: int, charge: Charge, currency: str) -> int:
    check(charge, field="lines")
    net = net_of(charge, currency=currency)
    if net < 0:
        raise InvalidInput(_("Line %(position)s is below zero.") % {"position": position}, field="lines")
    return net


def _line(position: int, charge: Charge, net: int, *, tax: int) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        description=charge.description,
        product_name=charge.product_name,
        product_uuid=charge.product_uuid,
        vendor_id=charge.vendor_id,
        subscription_uuid=charge.subscription_uuid,
        period_from=charge.period_from,
        period_to=charge.period_to,
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        discount=charge.discount,
        net=net,
        tax=tax,
    )


def _number(
    invoice: Invoice,
    settings: MarketplaceSettings,
    today: date,
    now: datetime,
    effective_date: date | None,
    terms_days: int,
) -> None:
    numbers = numbering.take(
        marketplace_id=invoice.marketplace_id,
        merchant_id=invoice.merchant_id,
        kind=NumberSeries.Kind.INVOICE,
        shared=settings.shared_numbers,
        yearly=settings.yearly_reset,
        today=today,
    )
    invoice.series_id, invoice.sequence = numbers.series_id, numbers.first
    invoice.issue_date = invoice.document_date = numbers.issue_date
    invoice.effective_date = effective_date or numbers.issue_date
    invoice.due_date = numbers.issue_date + timedelta(days=terms_days)
    invoice.issued_at = now
    invoice.number = numbering.render(
        settings.invoice_prefix,
        sequence=numbers.first,
        on=numbers.issue_date,
        merchant_code=invoice.merchant.code,
    )
    invoice.issue()
    invoice.save(
        update_fields=[
            "series", "sequence", "issue_date", "document_date", "effective_date", "due_date", "issued_at", "number",
            "amount_due", "status",
        ]
    )  # fmt: skip
