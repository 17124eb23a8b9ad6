"""Divide: void an unapplied memo and issue it again as several over the same lines, in one step (ADR 46)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import MarketplaceSettings
from companies.operations.own_company import Ask
from companies.queries.people import known_in
from core import idempotency, outbox
from core.actors import Actor
from core.audit import Note, record_many
from core.errors import InvalidInput, Refusal, refusal_of
from core.locking import lock, lock_one
from creditmemos.domain.balance import UNAPPLIED
from creditmemos.domain.cutting import cut_lines
from creditmemos.domain.drafting import DraftLine, DraftTax
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import DIVIDE, KIND
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations.drafts import settings_of, write_lines
from creditmemos.operations.guards import check_reason_text, refuse_own
from creditmemos.operations.issue_facts import issue_note
from creditmemos.operations.issuing_draft import give_number, post_issue, tell_issue
from creditmemos.operations.voiding import CarriedBalance, mark_void, post_void, tell_void
from creditmemos.queries.sources import sources_of
from documents.models import NumberSeries
from invoices.models import Invoice
from invoices.operations.numbering import give_numbers
from invoices.operations.parties import parties_of, snapshot_of


class NotDividable(Refusal):
    code = "not_dividable"
    text = gettext_lazy("%(memo)s is %(status)s, so it can't be divided.")


class OneLine(Refusal):
    code = "one_line"
    text = gettext_lazy("%(memo)s has a single line, so it can't be divided.")


PERMISSION = "creditmemos.divide"

Groups = Sequence[Collection[int]]
"""The ids of a memo's lines, each in the group that becomes a memo of its own."""
Follows = Callable[[Mapping[int, int]], None]
_FOLLOWING: list[Follows] = []


class Division(NamedTuple):
    """A locked memo, and how its lines are grouped; or what its parts come to, whose lines are cut then."""

    memo: CreditMemo
    groups: Groups
    amounts: Sequence[int] = ()


def follows_division(follow: Follows) -> None:
    """Let an app that refers to memo lines follow them: told, before numbers are taken, the new line of each old one.

    Called from AppConfig.ready.
    """
    _FOLLOWING.append(follow)


def may_divide(memo: CreditMemo) -> bool:
    """Whether nothing was used of it or is on its way, and it has lines to part."""
    return refusal_of(check_dividable, memo) is None


def check_dividable(memo: CreditMemo) -> None:
    """Ask the guards that don't depend on who acts."""
    check_divisible(memo)
    if not _has_several_lines(memo):
        raise OneLine(memo=str(memo))


def check_divisible(memo: CreditMemo) -> None:
    """Ask the guards of the memo, whatever its lines are: they may be cut."""
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.status != UNAPPLIED:
        raise NotDividable(memo=str(memo), status=memo.get_status_display().lower())
    if memo.source == CreditMemo.Source.CARRIED:
        raise CarriedBalance(memo=memo.number)


def check_divide(memo: CreditMemo, *, actor: Actor, ask: Ask | None = None) -> None:
    """Ask every guard of dividing; ``ask`` is what a second person is asked about a relative of the operator."""
    refuse_own(memo, actor, ask=ask)
    check_dividable(memo)


def check_groups(memo: CreditMemo, groups: Groups) -> None:
    """Refuse groups that leave a line out, name one twice or one of another memo, or are not at least two."""
    named = [line for group in groups for line in group]
    own = CreditMemoLine.objects.filter(memo=memo).values_list("pk", flat=True)
    if len(groups) < 2 or not all(groups):  # noqa: PLR2004 - one would be the memo itself
        raise InvalidInput(_("Put the lines into at least two groups."), field="groups")
    if sorted(named) != sorted(own):
        raise InvalidInput(_("Put every line of the memo into one group."), field="groups")


def _has_several_lines(memo: CreditMemo) -> bool:
    """A memo read with its annotations (`queries.annotated`) knows."""
    known: bool | None = getattr(memo, "has_several_lines", None)
    return known if known is not None else CreditMemoLine.objects.filter(memo=memo).count() > 1


@transaction.atomic
def divide(
    *, memo: CreditMemo, groups: Groups, reason: str, actor: Actor, now: datetime, key: str | None
) -> list[CreditMemo]:
    """Void an unapplied memo and issue one memo for each group of its lines; returns them in the groups' order.

    Lines stay whole. Credit reason, notes, hold, sibling, sources and effective date are kept; one whose period is
    closed by now gives way to today. It asks nobody about the limit, as the credit was asked about when it was issued.
    """
    reason = check_reason_text(reason)
    told = [sorted(group) for group in groups]
    again = idempotency.claim(
        actor=actor, operation="creditmemos.divide", key=key, body=[memo.pk, told, reason], now=now
    )
    if again:
        return list(CreditMemo.objects.filter(pk__in=again.result["memo_ids"]).order_by("sequence"))
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    sources = {source.invoice_id for source in sources_of([memo.pk]).get(memo.pk, ())}
    lock(Invoice.objects.filter(pk__in=sources)) if sources else []
    ask = Ask(kind=KIND, verb=DIVIDE, object_id=memo.pk, thing=str(memo), reason=reason, arguments={"groups": told})
    check_divide(memo, actor=actor, ask=ask)
    check_groups(memo, groups)
    parts = divide_locked([Division(memo, groups)], reason=reason, actor=actor, now=now)[memo.pk]
    result: dict[str, object] = {"memo_ids": [part.pk for part in parts]}
    idempotency.remember(actor=actor, operation="creditmemos.divide", key=key, result=result)
    return parts


def divide_locked(
    divisions: Sequence[Division], *, reason: str, actor: Actor, now: datetime
) -> dict[int, list[CreditMemo]]:
    """Divide memos of one marketplace that are locked with their invoices; the new memos of each by its id.

    A line that is cut is followed at its last part by whatever refers to it. Whose they are was asked before. The
    numbers come before the room on invoice lines is given back and taken again, as with every issue: whoever waits for
    a line holds its invoice or its series.
    """
    if not divisions:
        return {}
    settings = settings_of(divisions[0].memo.account)
    found = {each.memo.pk: _drafted(each, actor, now) for each in divisions}
    for memo in (each.memo for each in divisions):
        check_divisible(memo)
        post_void(memo, actor=actor, now=now)
        for part in found[memo.pk]:
            post_issue(part, settings, actor=actor, now=now)
        _tell(memo, found[memo.pk], reason, actor, now)
    parts = [part for each in divisions for part in found[each.memo.pk]]
    given = list(give_numbers(parts, NumberSeries.Kind.CREDIT_MEMO, settings=settings, now=now))
    for memo in (each.memo for each in divisions):
        mark_void(memo, reason=reason, actor=actor, now=now)
    for part, number in given:
        give_number(part, number, now)
    return found


def _drafted(division: Division, actor: Actor, now: datetime) -> list[CreditMemo]:
    """Its parts without numbers, stored with their lines; whatever refers to a line follows it."""
    memo = division.memo
    lines = list(CreditMemoLine.objects.filter(memo=memo).prefetch_related("taxes").order_by("position"))
    settings = settings_of(memo.account)
    parts: list[CreditMemo] = []
    moved: dict[int, int] = {}
    for own in _lines_of(division, lines):
        part = _part_of(memo, settings, actor, now)
        write_lines(part, [drafted for _pk, drafted in own])
        new = CreditMemoLine.objects.filter(memo=part).order_by("position").values_list("pk", flat=True)
        moved.update(zip([pk for pk, _drafted in own], new, strict=True))
        parts.append(part)
    for follow in _FOLLOWING:
        follow(moved)
    return parts


def _lines_of(division: Division, lines: Sequence[CreditMemoLine]) -> list[list[tuple[int, DraftLine]]]:
    """The lines of each part, each with the id of the one that it is, or is cut from."""
    if division.amounts:
        cut = cut_lines([_same(line) for line in lines], division.amounts, currency=division.memo.currency)
        return [[(lines[place].pk, drafted) for place, drafted in part] for part in cut]
    return [[(line.pk, _same(line)) for line in lines if line.pk in set(group)] for group in division.groups]


def _part_of(memo: CreditMemo, settings: MarketplaceSettings, actor: Actor, now: datetime) -> CreditMemo:
    """A new memo in memory that says what the divided one says, of its parties as they are now."""
    account, marketplace = memo.account, settings.marketplace
    user = known_in(memo.marketplace_id, memo.billed_user)
    part = CreditMemo(
        **parties_of(account, memo.beneficiary, user, marketplace),
        document_date=marketplace.today(now),
        frozen=snapshot_of(account, memo.beneficiary),
        tax_by=memo.tax_by,
        source=memo.source,
        source_invoice_id=memo.source_invoice_id,
        sibling_invoice_id=memo.sibling_invoice_id,
        use=memo.use,
        afterwards=memo.afterwards,
        on_hold=memo.on_hold,
        reason_id=memo.reason_id,
        counts_as=memo.counts_as,
        reason_note=memo.reason_note,
        internal_note=memo.internal_note,
        customer_note=memo.customer_note,
        effective_date=kept_date(memo),
        created_at=now,
        created_by_id=actor.user_id,
        acting_company_id=None if actor.is_pipeline else actor.company_id,
    )
    part.account, part.divided_from = account, memo
    return part


def kept_date(memo: CreditMemo) -> date | None:
    """The effective date of what an issued memo is divided into; None for the day of the division.

    A day that was closed since it was chosen takes nothing new.
    """
    closed = memo.account.merchant.closed_through
    return None if closed and memo.effective_date and memo.effective_date <= closed else memo.effective_date


def _same(line: CreditMemoLine) -> DraftLine:
    """A line as it is."""
    return DraftLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        taxes=[DraftTax(tax.name, tax.rate, tax.base, tax.amount, tax.invoice_tax_id) for tax in line.taxes.all()],
        by=line.by,
        invoice_line_id=line.invoice_line_id,
        product_name=line.product_name,
        product_uuid=line.product_uuid,
        vendor_id=line.vendor_id,
        subscription_uuid=line.subscription_uuid,
        period_from=line.period_from,
        period_to=line.period_to,
    )


def _tell(memo: CreditMemo, parts: Sequence[CreditMemo], reason: str, actor: Actor, now: datetime) -> None:
    """One audit row for each document, which name each other, and the events that follow documents."""
    after: dict[str, object] = {
        "total": memo.total,
        "currency": memo.currency,
        "parts": [{"memo_id": part.pk, "amount": part.total} for part in parts],
    }
    notes = [Note("credit_memo.divided", "credit_memo", memo.pk, memo.payer_id, after, note=reason)]
    for part in parts:
        note = issue_note(part)
        notes.append(note._replace(after={**note.after, "divided_from": memo.pk}))
    record_many(notes, actor=actor, now=now)
    tell_void(memo, now)
    tell_issue(parts, memo.marketplace_id, now)
    outbox.publish(
        topic="credit_memo.divided",
        key=f"credit_memo.divided:{memo.pk}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id, "memo_ids": [part.pk for part in parts]},
        now=now,
    )
