"""Issue an invoice: lines, journal, audit, event, and the number as the last statement."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, MarketplaceSettings, TaxBy, User
from companies.queries.people import known_in
from core import idempotency
from core.actors import Actor
from core.errors import InvalidInput, Missing
from invoices.domain.charging import Charge, check, net_of
from invoices.domain.drafting import NewLine, NewTax
from invoices.domain.taxing import taxes_of
from invoices.models import Invoice
from invoices.operations.bulk_issuing import draft_many, number_many
from invoices.operations.drafts import NewInvoice
from ledger.models import BalanceAccount


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
    new = NewInvoice(
        account,
        beneficiary,
        known_in(account.marketplace_id, billed_user),
        _lines(charges, account.currency, by_document=settings.tax_by == TaxBy.DOCUMENT),
        effective_date=effective_date,
        terms_days=terms_days,
    )
    [draft] = draft_many([new], actor=actor, now=now, settings=settings, source=source, for_run=False)
    idempotency.remember(actor=actor, operation="invoices.issue", key=key, result={"invoice_id": draft.id})
    number_many([draft], settings=settings, now=now)
    return Invoice.objects.get(pk=draft.id)


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


def _lines(charges: Sequence[Charge], currency: str, *, by_document: bool) -> list[NewLine]:
    """The charges worked out; refused when there are none."""
    nets = [_net(position, charge, currency) for position, charge in enumerate(charges, start=1)]
    if not nets:
        raise InvalidInput(_("An invoice needs at least one line."), field="lines")
    bases = [(net, charge.taxes) for net, charge in zip(nets, charges, strict=True)]
    amounts = taxes_of(bases, by_document=by_document)
    return [_line(charge, net, taxes) for charge, net, taxes in zip(charges, nets, amounts, strict=True)]


def _net(position: int, charge: Charge, currency: str) -> int:
    check(charge, field="lines")
    net = net_of(charge, currency=currency)
    if net < 0:
        raise InvalidInput(_("Line %(position)s is below zero.") % {"position": position}, field="lines")
    return net


def _line(charge: Charge, net: int, amounts: Sequence[int]) -> NewLine:
    return NewLine(
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
        tax=sum(amounts),
        taxes=[NewTax(tax.name, tax.rate, net, amount) for tax, amount in zip(charge.taxes, amounts, strict=True)],
    )
