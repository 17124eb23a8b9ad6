"""Move a marketplace from pipeline V1 to V2: balances carried on invoices become credit memos, once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Prefetch, Sum, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.domain.refusals import MovedAlready
from billing.operations.run_in_progress import check_no_run
from companies.models import Marketplace, MarketplaceSettings, User
from core import audit, rows
from core.actors import Actor
from core.locking import lock, lock_one
from core.money import to_major
from creditmemos.domain.drafting import DraftLine
from creditmemos.models import CreditMemo
from creditmemos.operations import bulk_issuing as memos
from invoices.models import Invoice
from invoices.operations.rows import TakenBalance
from subscriptions.domain.pricing import ONE


@dataclass(frozen=True, slots=True)
class Carried:
    """What would be moved: how many balances, and what they come to in minor units."""

    count: int
    amount: int


def carried(marketplace_id: int) -> Carried:
    """The balances that no invoice has taken over."""
    found = Invoice.objects.filter(marketplace_id=marketplace_id).carrying()
    sums = found.aggregate(count=Count("pk"), amount=Sum("carried_out"))
    return Carried(sums["count"], int(sums["amount"] or 0))


@transaction.atomic
def move_to_v2(*, actor: Actor, now: datetime) -> Carried:
    """Turn every carried balance into a memo of one untaxed line, and let billing make memos from now on.

    Revenue and tax were reduced when the invoice was issued, so the memo moves the credit only: from the invoice's
    receivable to customer credit. Refused a second time, and while a run goes on.
    """
    marketplace = lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    if marketplace.pipeline == Marketplace.Pipeline.V2:
        raise MovedAlready
    check_no_run(marketplace.pk)
    found = carried(marketplace.pk)
    open_ones = Invoice.objects.filter(marketplace=marketplace).carrying()
    related = open_ones.select_related("account__payer", "account__merchant__company", "beneficiary")
    invoices = lock(related)
    prefetch_related_objects(invoices, Prefetch("billed_user", User.objects.known_in(marketplace.pk)))
    settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace=marketplace)
    new = [_memo(row) for row in invoices]
    drafts = memos.draft_many(new, actor=actor, now=now, settings=settings, caller_applies=False)
    rows.update(Invoice, [TakenBalance(row.pk, row.carried_out, None) for row in invoices])
    marketplace.pipeline = Marketplace.Pipeline.V2
    marketplace.save(update_fields=["pipeline"])
    audit.record(
        actor=actor, verb="marketplace.moved", obj=marketplace, before={"pipeline": "V1"},
        after={"pipeline": "V2", "balances": found.count, "amount": found.amount}, now=now,
    )  # fmt: skip
    memos.number_many(drafts, settings=settings, now=now)
    return found


def _memo(invoice: Invoice) -> memos.NewMemo:
    amount = invoice.carried_out
    with override(invoice.language):
        text = _("Balance carried from %(invoice)s") % {"invoice": invoice.number}
    price = to_major(amount, currency=invoice.currency)
    return memos.NewMemo(
        invoice.account,
        invoice.beneficiary,
        invoice.billed_user,
        [DraftLine(description=text, quantity=ONE, unit_price=price, net=amount)],
        source=CreditMemo.Source.CARRIED,
        source_invoice_id=invoice.pk,
    )
