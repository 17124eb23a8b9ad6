"""Issue several memos from one invoice at once: the parts of one act, such as a refund of items."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from companies.models import MarketplaceSettings
from core.actors import Actor
from core.audit import record_many
from creditmemos.domain.drafting import Details, DraftLine
from creditmemos.models import CreditMemo
from creditmemos.operations.afterwards import what_follows
from creditmemos.operations.drafts import new_draft, write_lines
from creditmemos.operations.issue_facts import issue_note
from creditmemos.operations.issuing_draft import apply_now, freeze, give_number, post_issue, tell_issue
from documents.models import NumberSeries
from invoices.models import Invoice
from invoices.operations.numbering import give_numbers


class Part(NamedTuple):
    """One memo: its lines, and a code of ``CreditMemo.Use``; *apply now* uses it on the invoice at once."""

    lines: Sequence[DraftLine]
    use: str


def issue_parts(
    invoice: Invoice,
    parts: Sequence[Part],
    details: Details,
    settings: MarketplaceSettings,
    *,
    source: str,
    maker_id: int | None,
    actor: Actor,
    now: datetime,
) -> list[CreditMemo]:
    """Issue a memo for each part of a locked invoice whose guards were asked; in their order.

    What follows credit in full is asked of all of them together.
    """
    memos = [_drafted(invoice, part, details, source, maker_id, actor, now) for part in parts]
    following = what_follows(memos, actor)
    for memo in memos:
        post_issue(memo, settings, actor=actor, now=now)
        freeze(memo, settings)
    record_many(map(issue_note, memos), actor=actor, now=now)
    tell_issue(memos, invoice.marketplace_id, now)
    for follow in following:
        follow(actor, now)
    given = list(give_numbers(memos, NumberSeries.Kind.CREDIT_MEMO, settings=settings, now=now))
    for memo, number in given:
        give_number(memo, number, now)
    for memo in memos:
        if memo.use == CreditMemo.Use.APPLY_NOW:
            apply_now(memo, invoice, actor=actor, now=now)
    return memos


def _drafted(
    invoice: Invoice, part: Part, details: Details, source: str, maker_id: int | None, actor: Actor, now: datetime
) -> CreditMemo:
    memo = new_draft(
        account=invoice.account, details=replace(details, use=part.use), actor=actor, now=now, source=source,
        beneficiary=invoice.beneficiary, billed_user=invoice.billed_user, tax_by=invoice.tax_by, invoice=invoice,
    )  # fmt: skip
    memo.created_by_id = maker_id
    write_lines(memo, part.lines)
    return memo
