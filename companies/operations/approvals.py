"""Ask a second person and decide: one mechanism for whatever needs two people (I19)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from companies.domain.refusals import (
    AlreadyAlone,
    AlreadyAsked,
    MakerIsChecker,
    NotADecider,
    NotAlone,
    NotTheMaker,
    NotWaiting,
    ReasonMissing,
    SomebodyElse,
    TooEarly,
)
from companies.models import MarketplaceSettings
from companies.queries.people import deciders, stands_for
from companies.queries.two_person import TwoPersonVerb, verb_named, verb_of
from core import audit, outbox
from core.actors import Actor
from core.formats import moment_text, reader
from core.locking import lock_one
from core.models import Approval

PAUSE = timedelta(hours=24)
"""How long everybody has to object to what somebody does alone."""
ALONE = "approval.alone"
"""The event: somebody will act alone, from a moment on."""
REQUESTED, DECIDED = "approval.requested", "approval.decided"
"""The events: a second person is asked; the request was approved, rejected or withdrawn."""


def request(
    *,
    kind: str,
    verb: str,
    object_id: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    subject: str = "",
    company_id: int | None = None,
    amount: int | None = None,
    currency: str = "",
    arguments: Mapping[str, object] | None = None,
    snapshot: Mapping[str, object] | None = None,
    audited: Mapping[str, object] | None = None,
) -> Approval:
    """Write a request down, in the transaction that found that it needs two people; it reserves nothing.

    ``kind`` and ``verb`` name a registered verb, and its object is locked. ``amount`` is in minor units of
    ``currency``. The audit log keeps the ``arguments``, or what is ``audited`` instead. Refused while the same request
    waits already.
    """
    if actor.user_id is None:
        raise RuntimeError("only a person asks a second one")
    registered = verb_named(kind, verb)
    same = Approval.objects.filter(kind=kind, object_id=object_id, verb=verb, subject=subject)
    if same.filter(decision=Approval.Decision.WAITING).exists():
        raise AlreadyAsked
    approval = Approval.objects.create(
        marketplace_id=actor.marketplace_id,
        verb=verb,
        kind=kind,
        object_id=object_id,
        subject=subject,
        company_id=company_id,
        amount=amount,
        currency=currency,
        arguments=dict(arguments or {}),
        snapshot=dict(snapshot or {}),
        requested_by_id=actor.user_id,
        requested_at=now,
        request_reason=reason,
    )
    money = {} if amount is None else {"amount": amount, "currency": currency}
    audit.record(
        actor=actor, verb=f"{registered.noted}.{verb}_requested", kind=kind, object_id=object_id,
        company_id=company_id, note=reason, after={**money, **(arguments or {} if audited is None else audited)},
        now=now,
    )  # fmt: skip
    _publish(REQUESTED, approval, now)
    return approval


def check_approve(approval: Approval, *, actor: Actor, now: datetime) -> None:
    """Ask every guard of deciding; the maker may only alone, a day after saying so. What is asked for has its own."""
    _check_waiting(approval)
    if approval.requested_by_id == actor.user_id:
        _check_alone(approval, actor, now)
    else:
        _check_decider(approval, verb_of(approval), actor, now)


def check_reject(approval: Approval, *, actor: Actor) -> None:
    """Ask every guard of rejecting."""
    _check_waiting(approval)
    if approval.requested_by_id == actor.user_id:
        raise MakerIsChecker


def check_withdraw(approval: Approval, *, actor: Actor) -> None:
    """Ask every guard of withdrawing."""
    _check_waiting(approval)
    if approval.requested_by_id != actor.user_id:
        raise NotTheMaker


def check_act_alone(approval: Approval, *, actor: Actor, now: datetime) -> None:
    """Ask every guard of saying that one will act alone."""
    check_withdraw(approval, actor=actor)
    if approval.mode == Approval.Mode.ALONE:
        raise AlreadyAlone
    check_nobody_else(approval, actor=actor, now=now)


@transaction.atomic
def approve(*, approval: Approval, actor: Actor, now: datetime) -> Any:
    """Carry out what was asked for, after every guard said yes once more; returns what the verb returns.

    The maker can't be the one, save alone: when nobody else may decide, and a day after saying so.
    """
    approval = _lock(approval, actor)
    check_approve(approval, actor=actor, now=now)
    _decide(approval, Approval.Decision.APPROVED, "", actor, now)
    return verb_of(approval).perform(approval, actor, now)


@transaction.atomic
def reject(*, approval: Approval, reason: str, actor: Actor, now: datetime) -> Approval:
    """Turn the request down, with a reason. Unlike approving it gives nobody anything, so a newcomer may do it too."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    approval = _lock(approval, actor)
    check_reject(approval, actor=actor)
    _decide(approval, Approval.Decision.REJECTED, reason.strip(), actor, now)
    verb_of(approval).returned(approval, actor, now)
    return approval


@transaction.atomic
def withdraw(*, approval: Approval, actor: Actor, now: datetime) -> Approval:
    """Take one's own request back."""
    approval = _lock(approval, actor)
    check_withdraw(approval, actor=actor)
    _decide(approval, Approval.Decision.WITHDRAWN, "", actor, now)
    verb_of(approval).returned(approval, actor, now)
    return approval


@transaction.atomic
def act_alone(*, approval: Approval, actor: Actor, now: datetime) -> Approval:
    """Say that one's own request shall take effect without a second person, since nobody else may decide.

    It can be approved by its maker a day later; until then everybody who works for the marketplace is told and may
    object. Whoever calls this has asked for the password again.
    """
    approval = _lock(approval, actor)
    check_act_alone(approval, actor=actor, now=now)
    approval.mode, approval.alone_since, approval.effective_at = Approval.Mode.ALONE, now, now + PAUSE
    approval.save(update_fields=["mode", "alone_since", "effective_at"])
    _note(approval, "alone", actor, now)
    _publish(ALONE, approval, now)
    return approval


def check_nobody_else(approval: Approval, *, actor: Actor, now: datetime) -> None:
    """Refuse to act alone where somebody else may decide, or where the marketplace wants two people always."""
    if not MarketplaceSettings.objects.get(marketplace_id=approval.marketplace_id).allow_alone:
        raise NotAlone
    verb = verb_of(approval)
    if actor.user_id not in deciders(approval.marketplace_id, verb.permission, now=now, newcomers=True):
        raise NotADecider
    if others_who_decide(approval, now=now):
        raise SomebodyElse


def others_who_decide(approval: Approval, *, now: datetime) -> set[int]:
    """The ids of the people who may approve a request."""
    verb = verb_of(approval)
    found = deciders(approval.marketplace_id, verb.permission, now=now)
    maker = {approval.requested_by_id, *stands_for(approval.requested_by_id, approval.marketplace_id, now=now)}
    return found - maker - verb.barred(approval)


def _check_alone(approval: Approval, actor: Actor, now: datetime) -> None:
    if approval.mode != Approval.Mode.ALONE or approval.effective_at is None:
        raise MakerIsChecker
    if now < approval.effective_at:
        raise TooEarly(moment=moment_text(approval.effective_at, reader()))
    check_nobody_else(approval, actor=actor, now=now)


def _check_decider(approval: Approval, verb: TwoPersonVerb, actor: Actor, now: datetime) -> None:
    """Puppets can't decide, and nobody decides what a puppet of theirs asked for."""
    is_maker = actor.user_id in stands_for(approval.requested_by_id, approval.marketplace_id, now=now)
    if is_maker or actor.user_id not in deciders(approval.marketplace_id, verb.permission, now=now):
        raise NotADecider


def _lock(approval: Approval, actor: Actor) -> Approval:
    """Lock the request before whatever it is about: it orders two deciders."""
    inside = Approval.objects.filter(pk=approval.pk, marketplace_id=actor.marketplace_id)
    return lock_one(inside.select_related("company", "requested_by"))


def _check_waiting(approval: Approval) -> None:
    if approval.decision != Approval.Decision.WAITING:
        raise NotWaiting


def _decide(approval: Approval, decision: str, reason: str, actor: Actor, now: datetime) -> None:
    approval.decision, approval.decision_reason = decision, reason
    approval.decided_by_id, approval.decided_at = actor.user_id, now
    approval.save(update_fields=["decision", "decision_reason", "decided_by", "decided_at"])
    _note(approval, decision, actor, now)
    _publish(DECIDED, approval, now)


def _publish(topic: str, approval: Approval, now: datetime) -> None:
    outbox.publish(
        topic=topic, key=f"{topic}:{approval.pk}", marketplace_id=approval.marketplace_id,
        payload={"approval_id": approval.pk}, now=now,
    )  # fmt: skip


def _note(approval: Approval, what: str, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor, verb=f"{verb_of(approval).noted}.{what}", kind=approval.kind, object_id=approval.object_id,
        company_id=approval.company_id, note=approval.decision_reason, after={"asked": approval.verb}, now=now,
    )  # fmt: skip
