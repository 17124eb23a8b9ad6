"""When one person may not void an invoice alone, and how a second one is asked (I19).

A second person agrees for relatives of the operator, to what a run made and the customer or the books have already,
and to what is given up for good above the approval limit.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.queries.voids import Voiding
from companies.domain.refusals import AlreadyAsked, SecondPersonNeeded
from companies.models import MarketplaceSettings
from companies.operations.approvals import request
from core.actors import Actor
from core.formats import amount_text
from core.locking import lock_one
from core.models import Approval
from creditmemos.operations.guards import asks_second_person
from invoices.models import Invoice

KIND, VOID_INVOICE = "invoice", "void_invoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for: to void an invoice for a ``reason`` and ``then`` to bill it again, or never.

    ``is_relative``: the operator is all that joins the person to the companies.
    """

    voiding: Voiding
    reason: str
    then: str
    is_final: bool
    is_relative: bool


def refuse_alone(wish: Wish, *, actor: Actor, now: datetime) -> None:
    """Refuse what needs two people, unless the actor is agreed with already; the refusal asks a second person."""
    if actor.is_pipeline or actor.is_agreed:
        return
    why = _why_two(wish, actor, now)
    if why:
        raise SecondPersonNeeded(why, ask=lambda who, at: _ask(wish, who, at))


def _why_two(wish: Wish, actor: Actor, now: datetime) -> str:
    """Why one person is not enough; empty when one is. The limit comes last, as others wait for its sum."""
    if wish.is_relative:
        return str(SecondPersonNeeded.text)
    if wish.voiding.out_of_hand:
        return _("%(why)s Voiding it needs approval.") % {"why": wish.voiding.out_of_hand}
    invoice, amount = wish.voiding.invoice, wish.voiding.gives_up
    if not wish.is_final or not amount:
        return ""
    settings = MarketplaceSettings.objects.get(marketplace_id=invoice.marketplace_id)
    if not asks_second_person(settings, amount=amount, payer_id=invoice.payer_id, actor=actor, now=now):
        return ""
    return over_the_limit(invoice, amount)


def over_the_limit(invoice: Invoice, amount: int) -> str:
    """That one person may not give up so much alone."""
    text = _("This gives up %(amount)s permanently, which is above your approval limit. It needs approval.")
    return text % {"amount": amount_text(amount, invoice.currency)}


@transaction.atomic
def _ask(wish: Wish, actor: Actor, now: datetime) -> str:
    """Write the request down; what the person reads."""
    invoice = lock_one(Invoice.objects.filter(pk=wish.voiding.invoice.pk, marketplace_id=actor.marketplace_id))
    request(
        kind=KIND, verb=VOID_INVOICE, object_id=invoice.pk, company_id=invoice.payer_id, reason=wish.reason,
        amount=invoice.total if invoice.total > 0 else None, currency=invoice.currency if invoice.total > 0 else "",
        arguments={"then": wish.then, "thing": str(invoice), "companies": wish.voiding.companies},
        snapshot=snapshot(wish.voiding), actor=actor, now=now,
    )  # fmt: skip
    if wish.is_relative:
        return _("Sent for approval, because this company is related to the operator.")
    return _("Sent for approval: void %(invoice)s.") % {"invoice": invoice}


def snapshot(voiding: Voiding) -> dict[str, object]:
    """What the decision is about; minor units."""
    invoice = voiding.invoice
    memos = [memo.number for memo in voiding.plan.going]
    return {"status": invoice.status, "due": invoice.amount_due, "memos": memos, "credit": voiding.plan.credited}


def refuse_asked(invoice: Invoice) -> None:
    """Refuse when somebody asked to void it and nobody has answered."""
    asked = Approval.objects.filter(kind=KIND, verb=VOID_INVOICE, object_id=invoice.pk)
    if asked.filter(decision=Approval.Decision.WAITING).exists():
        raise AlreadyAsked
