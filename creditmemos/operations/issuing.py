"""Issue credit memos: from an invoice or ad hoc; above the threshold a second person is asked first."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, MarketplaceSettings, User
from core import idempotency
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock_one
from creditmemos.domain.drafting import Details, DraftLine, InvoiceCredit
from creditmemos.domain.wording import ISSUE
from creditmemos.models import CreditMemo
from creditmemos.operations.afterwards import what_follows
from creditmemos.operations.drafts import (
    check_creditable,
    check_draft,
    check_editable,
    check_parties,
    new_draft,
    set_details,
    settings_of,
    write_lines,
)
from creditmemos.operations.guards import asks_second_person
from creditmemos.operations.issuing_draft import issue_draft
from creditmemos.operations.requesting import request_approval
from creditmemos.queries.composing import compose_ad_hoc, compose_from_invoice
from invoices.domain.charging import Charge
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
    key: str | None,
    source: str = CreditMemo.Source.FROM_INVOICE,
) -> CreditMemo:
    """Credit lines of an invoice by amount, by quantity or tax only, and return the memo.

    The memo is issued, or awaits approval when the threshold asks for a second person.
    """
    body = [invoice.pk, [repr(line) for line in lines], repr(details), source]
    again = idempotency.claim(actor=actor, operation="creditmemos.issue_from_invoice", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    invoice = lock_one(Invoice.objects.filter(pk=invoice.pk, marketplace_id=actor.marketplace_id))
    account, settings = invoice.account, settings_of(invoice.account)
    asks = check_draft(details, account=account, beneficiary=invoice.beneficiary, invoice=invoice, actor=actor, now=now)
    check_creditable(invoice, details, settings)
    memo = new_draft(
        account=account,
        details=details,
        actor=actor,
        now=now,
        source=source,
        beneficiary=invoice.beneficiary,
        billed_user=invoice.billed_user,
        tax_by=invoice.tax_by,
        invoice=invoice,
    )
    write_lines(memo, compose_from_invoice(invoice, lines))
    _issue_or_ask(memo, settings, actor, now, second=asks)
    result: dict[str, object] = {"memo_id": memo.pk}
    idempotency.remember(actor=actor, operation="creditmemos.issue_from_invoice", key=key, result=result)
    return memo


@transaction.atomic
def issue_ad_hoc(
    *,
    account: BalanceAccount,
    beneficiary: Company,
    charges: Sequence[Charge],
    details: Details,
    actor: Actor,
    now: datetime,
    key: str | None,
    billed_user: User | None = None,
) -> CreditMemo:
    """Issue credit that undoes no charge: lines of one's own, for a beneficiary whose payer owns the account."""
    user_id = billed_user.pk if billed_user else None
    body = [account.pk, beneficiary.pk, [repr(charge) for charge in charges], repr(details), user_id]
    again = idempotency.claim(actor=actor, operation="creditmemos.issue_ad_hoc", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    asks = check_draft(details, account=account, beneficiary=beneficiary, invoice=None, actor=actor, now=now)
    check_parties(account, beneficiary, billed_user)
    settings = settings_of(account)
    memo = new_draft(
        account=account,
        details=details,
        actor=actor,
        now=now,
        source=CreditMemo.Source.AD_HOC,
        beneficiary=beneficiary,
        billed_user=billed_user,
        tax_by=settings.tax_by,
    )
    write_lines(memo, compose_ad_hoc(charges, account.currency, tax_by=memo.tax_by))
    _issue_or_ask(memo, settings, actor, now, second=asks)
    result: dict[str, object] = {"memo_id": memo.pk}
    idempotency.remember(actor=actor, operation="creditmemos.issue_ad_hoc", key=key, result=result)
    return memo


@transaction.atomic
def resubmit(
    *,
    memo: CreditMemo,
    lines: Sequence[InvoiceCredit] | Sequence[Charge],
    details: Details,
    actor: Actor,
    now: datetime,
    key: str | None,
) -> CreditMemo:
    """Issue a draft that was rejected or withdrawn, with its lines and details as edited now.

    Every guard of issuing is asked again; whoever resubmits is its maker from now on.
    """
    body = [memo.pk, [repr(line) for line in lines], repr(details)]
    again = idempotency.claim(actor=actor, operation="creditmemos.resubmit", key=key, body=body, now=now)
    if again:
        return CreditMemo.objects.get(pk=again.result["memo_id"])
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    check_editable(memo)
    invoice = lock_one(Invoice.objects.filter(pk=memo.source_invoice_id)) if memo.source_invoice_id else None
    account, settings = memo.account, settings_of(memo.account)
    asks = check_draft(details, account=account, beneficiary=memo.beneficiary, invoice=invoice, actor=actor, now=now)
    if invoice is not None:
        check_creditable(invoice, details, settings)
    set_details(memo, details)
    memo.created_by_id, memo.acting_company_id = actor.user_id, actor.company_id
    memo.document_date = account.marketplace.today(now)
    memo.tax_by = invoice.tax_by if invoice else settings.tax_by
    write_lines(memo, _compose(lines, invoice, memo))
    _issue_or_ask(memo, settings, actor, now, second=asks)
    idempotency.remember(actor=actor, operation="creditmemos.resubmit", key=key, result={"memo_id": memo.pk})
    return memo


def _compose(
    lines: Sequence[InvoiceCredit] | Sequence[Charge], invoice: Invoice | None, memo: CreditMemo
) -> list[DraftLine]:
    credits_ = [line for line in lines if isinstance(line, InvoiceCredit)]
    charges = [line for line in lines if isinstance(line, Charge)]
    if len(charges if invoice else credits_):
        raise InvalidInput(_("A draft keeps its kind: it credits an invoice, or it has ad hoc lines."), field="lines")
    if invoice:
        return compose_from_invoice(invoice, credits_)
    return compose_ad_hoc(charges, memo.currency, tax_by=memo.tax_by)


def _issue_or_ask(
    memo: CreditMemo, settings: MarketplaceSettings, actor: Actor, now: datetime, *, second: bool
) -> None:
    following = what_follows([memo], actor)
    if second or asks_second_person(settings, amount=memo.total, payer_id=memo.payer_id, actor=actor, now=now):
        memo.submit()
        memo.save(update_fields=["status"])
        request_approval(memo=memo, verb=ISSUE, amount=memo.total, reason=memo.reason_note, actor=actor, now=now)
        return
    for follow in following:
        follow(actor, now)
    issue_draft(memo, settings, actor=actor, now=now)
