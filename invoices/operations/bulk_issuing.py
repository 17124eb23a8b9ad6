"""Issue any number of invoices in one transaction, in the same few statements: one for ``issue``, many for a run.

``draft_many`` writes everything but the numbers; ``number_many`` comes last, since a number series is held until commit
(ADR 4). What is charged was worked out before: these are the amounts that are written.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from companies.models import MarketplaceSettings
from companies.queries.bank_details import current_details
from core import rows
from core.actors import Actor
from core.audit import Note, record_many
from core.outbox import Event, publish_many
from documents.models import NumberSeries
from invoices.domain.drafting import tax_sums
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from invoices.operations.drafts import Draft, NewInvoice, reserve_drafts
from invoices.operations.entries import carry_entries, issue_entries
from invoices.operations.numbering import give_numbers
from invoices.operations.parties import Snapshots
from invoices.operations.rows import invoice_row, line_rows, numbered, taken_rows, tax_rows
from ledger.posting import Posting, post_many


def draft_many(
    new: Sequence[NewInvoice],
    *,
    actor: Actor,
    now: datetime,
    settings: MarketplaceSettings,
    source: str = Invoice.Source.BILLING,
    for_run: bool = True,
    but: Collection[str] = (),
) -> list[Draft]:
    """Write invoices with lines, taxes, journal, audit and events; amounts are taken as they are given.

    Their taxes must have been rounded where ``settings.tax_by`` says. What is issued ``for_run`` is bulk work; handlers
    named in ``but`` do not hear of it, as the caller does their work.
    """
    if not new:
        return []
    drafts = reserve_drafts(new)
    known = current_details(draft.account.merchant_id for draft in drafts)
    snapshots = Snapshots({pk: row.details for pk, row in known.items()})
    rows.insert(
        Invoice,
        [
            invoice_row(
                draft, snapshots.of(draft.account, draft.new.beneficiary), source=source, settings=settings,
                actor=actor, now=now,
            )
            for draft in drafts
        ],
    )  # fmt: skip
    rows.insert(InvoiceLine, [row for draft in drafts for row in line_rows(draft)])
    rows.insert(InvoiceLineTax, [row for draft in drafts for row in tax_rows(draft)])
    rows.update(Invoice, [row for draft in drafts for row in taken_rows(draft)])
    today = settings.marketplace.today(now)
    postings = [
        Posting(draft.account, today, "invoice.issue", issue_entries(draft, tax_sums(draft.new.lines)))
        for draft in drafts
    ]
    postings += [
        Posting(draft.account, today, "invoice.carry", carry_entries(draft)) for draft in drafts if draft.carried_in
    ]
    post_many(postings, actor=actor, now=now)
    record_many([_note(draft) for draft in drafts], actor=actor, now=now)
    publish_many(
        [_event(draft) for draft in drafts],
        marketplace_id=settings.marketplace_id,
        now=now,
        bulk=for_run,
        but=but,
    )
    return drafts


def number_many(drafts: Sequence[Draft], *, settings: MarketplaceSettings, now: datetime) -> None:
    """Issue drafts by their numbers, in their order; the last statements of the transaction."""
    values = []
    for draft, given in give_numbers(drafts, NumberSeries.Kind.INVOICE, settings=settings, now=now):
        draft.number = given.number
        values.append(numbered(draft, given, settings=settings, now=now))
    rows.update(Invoice, values)


def _note(draft: Draft) -> Note:
    facts: dict[str, object] = {"total": draft.total, "currency": draft.account.currency}
    return Note("invoice.issued", "invoice", draft.id, draft.account.payer_id, facts)


def _event(draft: Draft) -> Event:
    payload = {"invoice_id": draft.id, "account_id": draft.account.pk}
    return Event("invoice.issued", f"invoice.issued:{draft.id}", payload)


__all__ = ["Draft", "NewInvoice", "draft_many", "number_many"]
