"""A memo before it is issued: its guards, its row and its lines."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from companies.domain.refusals import CompanyIsOff, OwnCompany
from companies.models import Company, MarketplaceSettings, User
from companies.operations.own_company import asks_for_own_company
from companies.queries.people import known_in
from core import rows
from core.actors import Actor
from core.checks import check_choice
from core.errors import InvalidInput, refusal_of
from creditmemos.domain.balance import EDITABLE
from creditmemos.domain.drafting import Details, DraftLine, totals
from creditmemos.domain.refusals import InvoiceNotCreditable, NotADraft, NotUnpaid
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.operations.guards import check_details, refuse_stranger, refuse_v1
from creditmemos.operations.rows import line_rows, tax_rows
from invoices.domain.balance import PAID, UNPAID
from invoices.models import Invoice
from invoices.operations.parties import parties_of
from ledger.models import BalanceAccount

PERMISSION = "creditmemos.create"
AS_USUAL = Details(use=CreditMemo.Use.FOLLOW)


def settings_of(account: BalanceAccount) -> MarketplaceSettings:
    """The settings of the account's marketplace, with the marketplace."""
    return MarketplaceSettings.objects.select_related("marketplace").get(marketplace_id=account.marketplace_id)


def may_credit(invoice: Invoice) -> bool:
    """Whether marketplace and status let memos be issued from it; whose it is and what is left are asked besides."""
    return refusal_of(_check_source, invoice) is None


def check_credit(invoice: Invoice, memo: CreditMemo | None = None) -> None:
    """Ask, of an invoice read with its annotations, the guards that lines and details don't decide.

    ``memo`` is the draft that is to be sent again, if it is about one.
    """
    if memo is not None:
        check_editable(memo)
    refuse_v1(invoice.marketplace)
    if getattr(invoice, "is_own", False):
        raise OwnCompany(field="company")
    check_creditable(invoice, AS_USUAL, invoice.marketplace.settings)


def _check_source(invoice: Invoice) -> None:
    refuse_v1(invoice.marketplace)
    check_creditable(invoice, AS_USUAL, invoice.marketplace.settings)


def may_edit(memo: CreditMemo) -> bool:
    """Whether it is a draft that waits for nobody."""
    return memo.status in EDITABLE


def check_editable(memo: CreditMemo) -> None:
    """Refuse what is no draft, or waits for a second person."""
    if not may_edit(memo):
        raise NotADraft(memo=str(memo), status=memo.get_status_display().lower())


def check_creditable(invoice: Invoice, details: Details, settings: MarketplaceSettings) -> None:
    """An unpaid invoice may be credited, a paid one where the marketplace says so and without *apply now*."""
    status = invoice.get_status_display().lower()
    allowed = invoice.status == UNPAID or (invoice.status == PAID and settings.credit_paid_invoices)
    if not allowed:
        raise InvoiceNotCreditable(invoice=str(invoice), status=status)
    if details.use == CreditMemo.Use.APPLY_NOW and invoice.status != UNPAID:
        raise NotUnpaid(invoice=str(invoice), status=status, field="use")


def check_draft(
    details: Details,
    *,
    account: BalanceAccount,
    beneficiary: Company,
    invoice: Invoice | None,
    actor: Actor,
    now: datetime,
) -> bool:
    """Ask the guards that every way of issuing shares; ``invoice`` is the source, locked, if there is one.

    Returns whether a second person is asked because the company is a relative of the operator.
    """
    refuse_stranger(account.marketplace_id, actor)
    refuse_v1(account.marketplace)
    asks_second = asks_for_own_company([actor.user_id], [account.payer_id, beneficiary.pk])
    if asks_second and Company.Kind.OPERATOR in (account.payer.kind, beneficiary.kind):
        raise OwnCompany(field="company")
    if details.use not in CreditMemo.Use.values:
        raise InvalidInput(_("Choose what happens to the credit."), field="use")
    check_choice(details.afterwards, ["", *CreditMemo.Afterwards.values], field="then")
    if invoice is None and details.use == CreditMemo.Use.APPLY_NOW:
        raise InvalidInput(_("There is no source invoice to apply this to."), field="use")
    today = account.marketplace.today(now)
    earliest: date | None = invoice.issue_date if invoice else None
    check_details(details, account=account, today=today, earliest=earliest, reason_required=not actor.is_pipeline)
    return asks_second


def check_parties(account: BalanceAccount, beneficiary: Company, billed_user: User | None) -> None:
    """Credit without a source: for an active company, whose payer has the account, and a person who belongs to it."""
    inside = beneficiary.marketplace_id == account.marketplace_id
    if not inside or account.payer_id not in (beneficiary.pk, beneficiary.reseller_id):
        raise InvalidInput(_("Another company pays for this one."), field="company")
    if not beneficiary.is_active:
        raise CompanyIsOff(company=beneficiary.name, field="company")
    if billed_user and not billed_user.memberships.active().filter(company=beneficiary).exists():
        raise InvalidInput(_("This person is not a member of the company."), field="billed_user")


def new_draft(
    *,
    account: BalanceAccount,
    details: Details,
    actor: Actor,
    now: datetime,
    source: str,
    beneficiary: Company,
    billed_user: User | None,
    tax_by: str,
    invoice: Invoice | None = None,
) -> CreditMemo:
    """A memo in memory; ``write_lines`` stores it with its lines."""
    marketplace = account.marketplace
    memo = CreditMemo(
        **parties_of(account, beneficiary, known_in(account.marketplace_id, billed_user), marketplace),
        document_date=marketplace.today(now),
        tax_by=tax_by,
        source=source,
        source_invoice=invoice,
        created_at=now,
        created_by_id=actor.user_id,
        acting_company_id=None if actor.is_pipeline else actor.company_id,
    )
    memo.account, memo.beneficiary, memo.billed_user = account, beneficiary, billed_user
    set_details(memo, details)
    return memo


def set_details(memo: CreditMemo, details: Details) -> None:
    """Everything beside the lines, as it was typed."""
    memo.reason_id, memo.reason_note = details.reason_id, details.reason_note.strip()
    memo.internal_note, memo.customer_note = details.internal_note.strip(), details.customer_note.strip()
    memo.effective_date, memo.use, memo.afterwards = details.effective_date, details.use, details.afterwards
    memo.on_hold = details.use == CreditMemo.Use.HOLD


def write_lines(memo: CreditMemo, lines: Sequence[DraftLine]) -> None:
    """Store the memo with these lines in place of any that it has."""
    if not lines:
        raise InvalidInput(_("Credit at least one line."), field="lines")
    sums = totals(lines)
    memo.net, memo.tax, memo.total = sums.net, sums.tax, sums.total
    is_new = memo.pk is None
    memo.save()
    if not is_new:
        CreditMemoLineTax.objects.filter(line__memo=memo).delete()
        CreditMemoLine.objects.filter(memo=memo).delete()
    taxes = sum(len(line.taxes) for line in lines)
    line_ids, tax_ids = rows.reserve((CreditMemoLine, len(lines)), (CreditMemoLineTax, taxes))
    rows.insert(CreditMemoLine, line_rows(memo.pk, line_ids, lines))
    rows.insert(CreditMemoLineTax, tax_rows(line_ids, lines, iter(tax_ids)))
