"""Hints that a provider sends or lists: stored once, then the object is looked up, which alone tells what is done."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core.outbox import publish
from payments.domain.wording import EVENT_CAME
from payments.gateway.protocol import Dispute, Event, EventKind, Outcome, SavedMethod, Setup
from payments.models import GatewayAccount, Payment, PaymentMethod, ProviderEvent, Refund
from payments.operations.charge_states import settle_charge
from payments.operations.disputing import apply_dispute
from payments.operations.refund_states import settle_refund_of_provider

Found = Outcome | Dispute | Setup | SavedMethod | None
_OUTCOME = ProviderEvent.Outcome


@transaction.atomic
def take_event(account: GatewayAccount, event: Event, *, body: str = "", now: datetime) -> ProviderEvent:
    """Store an event, the first time that it comes, and let its object be looked up; ``body`` is what was sent."""
    values = {
        "type": event.type[:80], "kind": event.kind.value, "object_ref": event.object_ref[:255],
        "created": event.created, "received_at": now, "body": body,
    }  # fmt: skip
    row, is_new = ProviderEvent.objects.get_or_create(gateway_account=account, event_id=event.ref, defaults=values)
    if is_new:
        publish(
            topic=EVENT_CAME, key=str(row.pk), marketplace_id=account.marketplace_id, payload={"event_id": row.pk},
            now=now,
        )  # fmt: skip
    return row


@transaction.atomic
def take_listed(account: GatewayAccount, events: Iterable[Event], *, now: datetime) -> None:
    """Store what a list tells of our own and no webhook brought, and remember how far it went."""
    last = ""
    for event in events:
        last = event.ref
        if event.is_live == account.is_live and _is_ours(event):
            take_event(account, event, now=now)
    if last:
        GatewayAccount.objects.filter(pk=account.pk).update(listed_through=last)


def _is_ours(event: Event) -> bool:
    """Whether it carries a key of ours, or is about what we know; others may use the same account."""
    refs = [ref for ref in (event.object_ref, event.charge_ref) if ref]
    return (
        bool(as_key(event.key))
        or Payment.objects.filter(provider_ref__in=refs).exists()
        or Refund.objects.filter(provider_ref__in=refs).exists()
        or PaymentMethod.objects.filter(method_ref__in=refs).exists()
    )


@transaction.atomic
def apply_event(event: ProviderEvent, found: Found, *, now: datetime) -> None:
    """Apply what the provider said of the event's object, as it stands now."""
    event.outcome = _apply(event, found, now)
    event.save(update_fields=["outcome"])


def _apply(event: ProviderEvent, found: Found, now: datetime) -> str:
    if isinstance(found, Outcome) and event.kind == EventKind.CHARGE:
        return _of_charge(event, found, now)
    if isinstance(found, Outcome):
        return _of_refund(event, found, now)
    if isinstance(found, Dispute):
        own = Payment.objects.filter(gateway_account_id=event.gateway_account_id)
        return _OUTCOME.SETTLED if apply_dispute(own, found, now=now) else _OUTCOME.NOTHING
    if isinstance(found, SavedMethod):
        return _of_method(event, found, now)
    return _OUTCOME.NOTHING


def _of_charge(event: ProviderEvent, found: Outcome, now: datetime) -> str:
    """Of the account's own rows alone: the keys of others are no secret of whoever owns this account."""
    payment = Payment.objects.filter(_of(found), gateway_account_id=event.gateway_account_id).first()
    if payment is None:  # A key that no row has: ours was lost, such as by an older copy of the database.
        return _OUTCOME.STRAY if as_key(found.key) else _OUTCOME.NOTHING
    settle_charge(payment.pk, found, now=now)
    return _OUTCOME.SETTLED


def _of_refund(event: ProviderEvent, found: Outcome, now: datetime) -> str:
    """Of a refund that somebody made at the provider, its payment is marked: nobody guesses what it was for."""
    refund = Refund.objects.filter(_of(found), payment__gateway_account_id=event.gateway_account_id).first()
    if refund is not None:
        settle_refund_of_provider(refund.pk, found, now=now)
        return _OUTCOME.SETTLED
    own = Payment.objects.filter(gateway_account_id=event.gateway_account_id)
    borne = own.filter(provider_ref=found.charge_ref) if found.charge_ref else own.none()
    if not borne.exists():
        return _OUTCOME.NOTHING
    borne.filter(attention="").update(attention=Payment.Attention.STRAY)
    return _OUTCOME.STRAY


def _of_method(event: ProviderEvent, found: SavedMethod, now: datetime) -> str:
    method = PaymentMethod.objects.filter(gateway_account_id=event.gateway_account_id, method_ref=found.ref).first()
    if method is None:
        return _OUTCOME.NOTHING
    today = event.gateway_account.marketplace.today(now)
    is_over = found.expires is not None and found.expires < today
    method.label, method.expires, method.fingerprint = found.label[:80], found.expires, found.fingerprint[:64]
    method.state = PaymentMethod.State.EXPIRED if is_over else PaymentMethod.State.ACTIVE
    if not found.customer_ref:
        method.state, method.is_default = PaymentMethod.State.DETACHED, False
    method.save(update_fields=["label", "expires", "fingerprint", "state", "is_default"])
    return _OUTCOME.SETTLED


def _of(found: Outcome) -> Q:
    """The row of an object of the provider: that has its reference, or whose key it has, where an answer was lost."""
    key = as_key(found.key)
    by_ref = Q(provider_ref=found.ref)
    return by_ref | Q(key=key, provider_ref__isnull=True) if key else by_ref


def as_key(text: str) -> UUID | None:
    """A row's key as the provider kept it; None for what is no key of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None
