"""Issue credit memos: from an invoice or ad hoc; above the threshold a second person is asked first."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, MarketplaceSettings, User
from core import audit, idempotency
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock
from creditmemos.balance import AWAITING, DRAFT, REJECTED
from creditmemos.drafting import Details, DraftLine, InvoiceCredit, totals
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.operations.guards import (
    check_details,
    needs_second_person,
    refuse_own_company,
    refuse_v1,
)
from creditmemos.operations.numbering import give_number
from creditmemos.operations.requesting import request_approval
from creditmemos.queries.composing import compose_ad_hoc, compose_from_invoice
from creditmemos.refusals import InvoiceNotCreditable, NotADraft, NotUnpaid
from invoices.balance import PAID, UNPAID
from invoices.charging import Charge
from invoices.models import Invoice
from ledger.models import BalanceAccount


@transaction.atomic
def issue_from_invoice(
    *,
    invoice: Invoice,
    lines: Sequence[InvoiceCredit],
    details: Details,
    actor: Actor,
    now: datetime,
    key: str,
    source: str = CreditMemo.Source.FROM_INVOICE,
) -> CreditMemo:
    """Credit lines of an invoice by amount, by quantity or tax only, and return the memo.

    The memo is issued, or awaits approval when the threshold asks for a second person.
    """
    body = [invoice.pk, [repr(line) for line in lines], repr(details)]
    again = idempotency.claim(actor=actor, operation="creditmemos.issue_from_invoice", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    [invoice] = lock(Invoice.objects.select_related("account").filter(pk=invoice.pk))
    settings = _settings(invoice.account)
    check_creditable(invoice, details, settings)
    memo = _draft(invoice.account, details, actor, now, source, invoice.beneficiary, invoice.billed_user, invoice)
    _write_lines(memo, compose_from_invoice(invoice, lines))
    _issue_or_ask(memo, settings, actor, now)
    result: dict[str, object] = {"memo_id": memo.pk}
    idempotency.remember(actor=actor, operation="creditmemos.issue_from_invoice", key=key, result=result)
    return memo


def check_creditable(invoice: Invoice, details: Details, settings: MarketplaceSettings) -> None:
    """An unpaid invoice may be credited, a paid one where the marketplace says so and without *apply now*."""
    status = invoice.get_status_display().lower()
    allowed = invoice.status == UNPAID or (invoice.status == PAID and settings.credit_paid_invoices)
    if not allowed:
        raise InvoiceNotCreditable(invoice=str(invoice), status=status)
    if details.use == CreditMemo.Use.APPLY_NOW and invoice.status != UNPAID:
        raise NotUnpaid(invoice=str(invoice), status=status, field="use")


@transaction.atomic
def issue_ad_hoc(
    *,
    account: BalanceAccount,
    beneficiary: Company,
    charges: Sequence[Charge],
    details: Details,
    actor: Actor,
    now: datetime,
    key: str,
    billed_user: User | None = None,
) -> CreditMemo:
    """Issue credit that undoes no charge: lines of one's own, for a beneficiary whose payer owns the account."""
    body = [account.pk, beneficiary.pk, [repr(charge) for charge in charges], repr(details)]
    again = idempotency.claim(actor=actor, operation="creditmemos.issue_ad_hoc", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    _check_ad_hoc(charges, details, account, beneficiary, billed_user)
    memo = _draft(account, details, actor, now, CreditMemo.Source.AD_HOC, beneficiary, billed_user, None)
    _write_lines(memo, compose_ad_hoc(charges, account.currency))
    _issue_or_ask(memo, _settings(account), actor, now)
    result: dict[str, object] = {"memo_id": memo.pk}
    idempotency.remember(actor=actor, operation="creditmemos.issue_ad_hoc", key=key, result=result)
    return memo


def _check_ad_hoc(
    charges: Sequence[Charge],
    details: Details,
    account: BalanceAccount,
    beneficiary: Company,
    billed_user: User | None,
) -> None:
    if not charges:
        raise InvalidInput(_("A credit memo needs at least one line."), field="lines")
    if details.use == CreditMemo.Use.APPLY_NOW:
        raise InvalidInput(_("There is no source invoice to apply this to."), field="use")
    if account.payer_id not in (beneficiary.pk, beneficiary.reseller_id):
        raise InvalidInput(_("Another company pays for this one."), field="company")
    if billed_user and not billed_user.memberships.filter(company=beneficiary, is_active=True).exists():
        raise InvalidInput(_("This person is not a member of the company."), field="billed_user")


@transaction.atomic
def resubmit(
    *,
    memo: CreditMemo,
    lines: Sequence[InvoiceCredit] | Sequence[Charge],
    details: Details,
    actor: Actor,
    now: datetime,
    key: str,
) -> CreditMemo:
    """Issue a draft that was rejected or withdrawn, with its lines and details as edited now."""
    body = [memo.pk, [repr(line) for line in lines], repr(details)]
    again = idempotency.claim(actor=actor, operation="creditmemos.resubmit", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    [memo] = lock(CreditMemo.objects.filter(pk=memo.pk))
    if memo.status not in (DRAFT, REJECTED):
        raise NotADraft(memo=str(memo), status=memo.get_status_display().lower())
    settings = _settings(memo.account)
    if memo.source_invoice_id:
        [invoice] = lock(Invoice.objects.filter(pk=memo.source_invoice_id))
        check_creditable(invoice, details, settings)
        composed = compose_from_invoice(invoice, [x for x in lines if isinstance(x, InvoiceCredit)])
    else:
        composed = compose_ad_hoc([x for x in lines if isinstance(x, Charge)], memo.currency)
    CreditMemoLineTax.objects.filter(line__memo=memo).delete()
    CreditMemoLine.objects.filter(memo=memo).delete()
    _set_details(memo, details)
    memo.created_by_id, memo.acting_company_id = actor.user_id, actor.company_id
    memo.save()
    _write_lines(memo, composed)
    _issue_or_ask(memo, settings, actor, now)
    idempotency.remember(actor=actor, operation="creditmemos.resubmit", key=key, result={"memo_id": memo.pk})
    return memo


def recheck(memo: CreditMemo, actor: Actor, now: datetime) -> Invoice | None:
    """Ask every guard of issuing again for a stored draft, under its locks; returns its locked source invoice."""
    today = memo.marketplace.today(now)
    people = [person for person in (memo.created_by_id, actor.user_id) if person and not actor.is_pipeline]
    refuse_v1(memo.marketplace)
    refuse_own_company(people, [memo.payer, memo.beneficiary])
    details = Details(
        reason_id=memo.reason_id, reason_note=memo.reason_note, effective_date=memo.effective_date, use=memo.use
    )
    invoice = None
    if memo.source_invoice_id:
        [invoice] = lock(Invoice.objects.filter(pk=memo.source_invoice_id))
        check_creditable(invoice, details, _settings(memo.account))
    earliest: date | None = invoice.issue_date if invoice else None
    check_details(details, account=memo.account, today=today, earliest=earliest, reason_required=not actor.is_pipeline)
    return invoice


def _settings(account: BalanceAccount) -> MarketplaceSettings:
    return MarketplaceSettings.objects.select_related("marketplace").get(marketplace_id=account.marketplace_id)


def _draft(
    account: BalanceAccount,
    details: Details,
    actor: Actor,
    now: datetime,
    source: str,
    beneficiary: Company,
    billed_user: User | None,
    invoice: Invoice | None,
) -> CreditMemo:
    payer, merchant = account.payer, account.merchant
    refuse_v1(account.marketplace)
    if not actor.is_pipeline:
        refuse_own_company([actor.user_id] if actor.user_id else [], [payer, beneficiary])
    today = account.marketplace.today(now)
    earliest = invoice.issue_date if invoice else None
    check_details(details, account=account, today=today, earliest=earliest, reason_required=not actor.is_pipeline)
    memo = CreditMemo(
        marketplace=account.marketplace,
        account=account,
        merchant=merchant,
        payer=payer,
        beneficiary=beneficiary,
        billed_user=billed_user,
        currency=account.currency,
        payer_name=payer.name,
        billed_user_name=billed_user.name if billed_user else "",
        document_date=today,
        language=payer.language or account.marketplace.default_language,
        source=source,
        source_invoice=invoice,
        created_at=now,
        created_by_id=actor.user_id,
        acting_company_id=None if actor.is_pipeline else actor.company_id,
    )
    _set_details(memo, details)
    return memo


def _set_details(memo: CreditMemo, details: Details) -> None:
    memo.reason_id, memo.reason_note = details.reason_id, details.reason_note.strip()
    memo.internal_note, memo.customer_note = details.internal_note.strip(), details.customer_note.strip()
    memo.effective_date, memo.use = details.effective_date, details.use
    memo.on_hold = details.use == CreditMemo.Use.HOLD


def _write_lines(memo: CreditMemo, lines: Sequence[DraftLine]) -> None:
    if not lines:
        raise InvalidInput(_("Credit at least one line."), field="lines")
    sums = totals(lines)
    memo.net, memo.tax, memo.total = sums.net, sums.tax, sums.total
    memo.save()
    rows = [
        CreditMemoLine(
            memo=memo,
            position=position,
            invoice_line_id=line.invoice_line_id,
            by=line.by,
            description=line.description,
            product_name=line.product_name,
            product_uuid=line.product_uuid,
            vendor_id=line.vendor_id,
            subscription_uuid=line.subscription_uuid,
            period_from=line.period_from,
            period_to=line.period_to,
            quantity=line.quantity,
            unit_price=line.unit_price,
            net=line.net,
            tax=line.tax,
        )
        for position, line in enumerate(lines, start=1)
    ]
    CreditMemoLine.objects.bulk_create(rows)
    CreditMemoLineTax.objects.bulk_create(
        CreditMemoLineTax(
            line=row, name=tax.name, rate=tax.rate, base=tax.base, amount=tax.amount, invoice_tax_id=tax.invoice_tax_id
        )
        for row, line in zip(rows, lines, strict=True)
        for tax in line.taxes
    )


def _issue_or_ask(memo: CreditMemo, settings: MarketplaceSettings, actor: Actor, now: datetime) -> None:
    if needs_second_person(settings, amount=memo.total, payer_id=memo.payer_id, actor=actor, now=now):
        memo.submit()
        memo.save(update_fields=["status"])
        request_approval(memo=memo, verb="issue", amount=memo.total, reason=memo.reason_note, actor=actor, now=now)
        return
    give_number(memo, settings, actor=actor, now=now)


def issue_approved(memo: CreditMemo, actor: Actor, now: datetime) -> None:
    """Issue a locked memo that awaited approval; its guards were asked again."""
    if memo.status != AWAITING:
        raise NotADraft(memo=str(memo), status=memo.get_status_display().lower())
    give_number(memo, _settings(memo.account), actor=actor, now=now)
    audit.record(actor=actor, verb="creditmemo.approved", obj=memo, company_id=memo.payer_id, now=now)
