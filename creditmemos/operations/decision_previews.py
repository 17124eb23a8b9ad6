"""What a decision would meet, read without locks: for the page on which somebody decides."""

from datetime import datetime

from core.actors import Actor
from core.errors import Refusal
from core.models import Approval
from creditmemos.domain.balance import AWAITING
from creditmemos.domain.drafting import Details
from creditmemos.domain.refusals import NotADraft
from creditmemos.domain.wording import CLOSE, ISSUE, REOPEN
from creditmemos.models import CreditMemo
from creditmemos.operations.afterwards import what_follows
from creditmemos.operations.approving import refuse_moved, refuse_outdated, refuse_own, refuse_taxed_otherwise
from creditmemos.operations.closing import check_closable
from creditmemos.operations.drafts import check_creditable
from creditmemos.operations.guards import check_details
from creditmemos.operations.reopening import check_reopenable


def obstacle(*, approval: Approval, memo: CreditMemo, actor: Actor, now: datetime) -> Refusal | None:
    """The refusal that approving would run into as things stand, or None. Approving asks again under its locks."""
    try:
        refuse_own(approval, memo, actor)
        if approval.verb == ISSUE:
            _foresee_issue(memo, now)
        else:
            refuse_moved(approval, memo)
        if approval.verb == CLOSE:
            check_closable(memo, memo.marketplace.settings)
        if approval.verb == REOPEN:
            check_reopenable(memo)
    except Refusal as refusal:
        return refusal
    return None


def _foresee_issue(memo: CreditMemo, now: datetime) -> None:
    if memo.status != AWAITING:
        raise NotADraft(memo=str(memo), status=memo.get_status_display().lower())
    details = Details(
        reason_id=memo.reason_id, reason_note=memo.reason_note, effective_date=memo.effective_date, use=memo.use
    )
    invoice = memo.source_invoice
    if invoice is None:
        refuse_taxed_otherwise(memo, memo.marketplace.settings)
    else:
        check_creditable(invoice, details, memo.marketplace.settings)
        refuse_outdated(memo, invoice)
        what_follows([memo], None)
    earliest = invoice.issue_date if invoice else None
    check_details(details, account=memo.account, today=memo.marketplace.today(now), earliest=earliest)
