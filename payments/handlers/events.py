"""What is done about events of a provider: their object is fetched, and applied as it stands now."""

from datetime import datetime
from itertools import islice

from django.utils.translation import gettext_lazy as _

from core import outbox
from core.models import OutboxJob
from payments.domain import wording
from payments.gateway.protocol import LISTS_EVENTS, Event, EventKind, Outcome, State
from payments.handlers.asking import LIMIT, QUEUE, loudly
from payments.handlers.charges import gateway_of, stopped
from payments.models import GatewayAccount, Payment, ProviderEvent
from payments.operations.provider_events import apply_event, take_listed

MOST = 500
"""Events that one job takes from a list; the next one goes on."""


def register_all() -> None:
    """Called by the room."""
    for topic, name, run, label in (
        (wording.EVENT_CAME, "payments.look_at_event", look_at_event, _("Look at what a payment provider told")),
        (wording.EVENTS_LISTED, "payments.list_events", list_events, _("List what a payment provider told")),
    ):
        outbox.register(
            outbox.Handler(topic, name, run, kind="outside", limit=LIMIT, queue=QUEUE, leaves=True, label=label)
        )


def look_at_event(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Fetch what an event is about."""
    row = ProviderEvent.objects.select_related("gateway_account__marketplace").get(pk=job.payload["event_id"])
    with loudly():
        gateway = gateway_of(row.gateway_account)
        found = gateway.event_object(_event(row))
        if isinstance(found, Outcome) and row.kind == EventKind.CHARGE and found.state is State.FAILED:
            payment = Payment.objects.filter(provider_ref=found.ref, status=Payment.Status.PENDING).first()
            found = stopped(gateway, found, str(payment.key)) if payment else found
    return lambda: apply_event(row, found, now=now)


def list_events(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """List what came since the last list, as far back as the provider remembers."""
    account = GatewayAccount.objects.get(pk=job.payload["gateway_account_id"])
    with loudly():
        told = gateway_of(account).events_since(account.listed_through, after=now - LISTS_EVENTS)
        events = list(islice(told, MOST))
    return lambda: take_listed(account, events, now=now)


def _event(row: ProviderEvent) -> Event:
    return Event(
        ref=row.event_id, kind=EventKind(row.kind), type=row.type, object_ref=row.object_ref, created=row.created,
        is_live=row.gateway_account.is_live,
    )  # fmt: skip
