"""Ask a second person about what somebody recorded: one event, or what waits of a file."""

from datetime import datetime

from django.db.models import Q

from billing.models import BillingEvent, EventImport
from billing.operations.event_payers import Owed
from companies.operations import approvals
from core.actors import Actor
from core.models import Approval

EVENT, IMPORT = "event", "import"
BILL_EVENT, BILL_IMPORT = "bill_event", "bill_import"


def ask_about_event(event: BillingEvent, owed: Owed, actor: Actor, now: datetime) -> Approval:
    """May it be billed? Its credit is named where it is known."""
    currency = event.account.currency if event.credit else ""
    return approvals.request(
        kind=EVENT, verb=BILL_EVENT, object_id=event.pk, company_id=owed.payer, reason=event.description,
        arguments={"key": event.key, "event_kind": event.kind}, actor=actor, now=now,
        amount=event.credit, currency=currency,
    )  # fmt: skip


def ask_about_import(row: EventImport, actor: Actor, now: datetime) -> None:
    """May what waits of it be billed? Asked once for the file, however many of its rows wait."""
    waiting = Approval.objects.filter(
        kind=IMPORT, verb=BILL_IMPORT, object_id=row.pk, decision=Approval.Decision.WAITING
    )
    if not waiting.exists():
        approvals.request(
            kind=IMPORT, verb=BILL_IMPORT, object_id=row.pk, arguments={"name": row.name}, actor=actor, now=now
        )


def request_about_import(row: EventImport) -> Approval | None:
    """The last request about a file."""
    return Approval.objects.filter(kind=IMPORT, object_id=row.pk, marketplace_id=row.marketplace_id).last()


def request_about(event: BillingEvent) -> Approval | None:
    """The last request that is, or was, about an event or the file that it came with."""
    about = Q(kind=EVENT, object_id=event.pk)
    if event.event_import_id and (event.credit or event.status == BillingEvent.Status.ASKED):
        about |= Q(kind=IMPORT, object_id=event.event_import_id)
    return Approval.objects.filter(about, marketplace_id=event.marketplace_id).order_by("-pk").first()
