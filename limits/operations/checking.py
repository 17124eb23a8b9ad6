"""Ask whether a company may buy for an amount, and keep it for the purchase: what a checkout asks (I25)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.event_values import check_key
from companies.models import Company
from core.actors import Actor
from core.checks import check_amount, check_text
from core.errors import InvalidInput, Missing, Refusal
from limits.domain.exposure import Exposure
from limits.domain.refusals import KeyUsedOtherwise, ReservationOver
from limits.models import CreditCheck, Reservation
from limits.operations.answers import HOLDS, LONGEST_SUBJECT, log, reserve, tell_reached
from limits.operations.weighing import Scale, Weighed, payer_of, scale_of, weigh

PERMISSION = "limits.view"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a check; minor units. ``exposure`` is without the purchase, ``total`` with it.

    ``limit`` is the narrower of those that hold, ``room`` what of it was left before the purchase (None: no limit).
    ``reservation`` keeps the amount; without one the answer is as good as the moment it was given.
    """

    is_allowed: bool
    payer_id: int
    amount: int
    currency: str
    exposure: Exposure
    total: int
    limit: int | None
    room: int | None
    refusal: Refusal | None = None
    reservation: Reservation | None = None
    is_allowed_once: bool = False


def check_credit(
    *,
    company: Company,
    amount: int,
    actor: Actor,
    now: datetime,
    currency: str = "",
    key: str = "",
    subject: str = "",
    keeps: bool = False,
) -> Answer:
    """Whether ``company`` may buy for ``amount`` minor units, tax included; with ``keeps`` it is kept under ``key``.

    Of a customer of a reseller, the reseller's limit decides. The same key gets the same answer; a refusal gives its
    key back. Raises InvalidInput that names the field, Missing for a stranger, KeyUsedOtherwise, ReservationOver, and
    CannotTell where a part of what counts is not known.
    """
    if company.marketplace_id != actor.marketplace_id:
        raise Missing
    marketplace = company.marketplace
    if currency and currency != marketplace.currency:
        text = _("This marketplace sells in %(currency)s.") % {"currency": marketplace.currency}
        raise InvalidInput(text, field="currency")
    check_amount(amount, currency=marketplace.currency, field="amount")
    subject = check_text(subject, longest=LONGEST_SUBJECT, field="subject")
    if not company.is_active:
        text = _("%(company)s is inactive, so nothing new can be bought for it.") % {"company": company.name}
        raise InvalidInput(text, field="company")
    if not keeps:
        scale = scale_of(payer_of(company), actor.marketplace_id, now=now, locked=False)
        with transaction.atomic():  # What is not reckoned yet is stored.
            return _answer(scale, weigh(scale, amount), amount)
    check_key(key)
    return _keep(company, amount, key=key, subject=subject, actor=actor, now=now)


@transaction.atomic
def _keep(company: Company, amount: int, *, key: str, subject: str, actor: Actor, now: datetime) -> Answer:
    scale = scale_of(payer_of(company), actor.marketplace_id, now=now, locked=True)
    before = Reservation.objects.filter(marketplace_id=actor.marketplace_id, key=key).select_related("check_row")
    if found := before.first():
        return _again(found, scale, amount, now)
    weighed = weigh(scale, amount)
    check = log(scale, weighed, amount, kind=CreditCheck.Kind.CHECKOUT, key=key, subject=subject, actor=actor)
    if not weighed.is_allowed:
        tell_reached(scale, check, now)
        return _answer(scale, weighed, amount)
    return _answer(scale, weighed, amount, reserve(check, holds=HOLDS))


def _again(found: Reservation, scale: Scale, amount: int, now: datetime) -> Answer:
    """What the key got the first time, while it holds."""
    if found.line_id != scale.line.pk or found.amount != amount:
        raise KeyUsedOtherwise(field="key")
    is_over = found.state == Reservation.State.HELD and found.expires_at <= now
    if is_over or found.state in (Reservation.State.RELEASED, Reservation.State.EXPIRED):
        state = Reservation.State.EXPIRED if is_over else Reservation.State(found.state)
        raise ReservationOver(status=str(state.label).lower(), field="key")
    row = found.check_row
    exposure = Exposure(row.dues, row.pending, row.committed, row.reserved, row.credit, row.carried, row.on_account)
    weighed = Weighed(exposure, row.exposure, row.group_exposure)
    return _answer(scale, weighed, amount, found, is_allowed_once=row.allowance_id is not None)


def _answer(
    scale: Scale,
    weighed: Weighed,
    amount: int,
    reservation: Reservation | None = None,
    *,
    is_allowed_once: bool = False,
) -> Answer:
    rooms = []
    if scale.policy.limit is not None:
        rooms.append((scale.policy.limit - weighed.total + amount, scale.policy.limit))
    if scale.group_policy.limit is not None and weighed.group_total is not None:
        rooms.append((scale.group_policy.limit - weighed.group_total + amount, scale.group_policy.limit))
    room, limit = min(rooms) if rooms else (None, None)
    return Answer(
        weighed.is_allowed, scale.line.payer_id, amount, scale.currency, weighed.exposure, weighed.total, limit, room,
        weighed.refusal, reservation, is_allowed_once or weighed.allowance is not None,
    )  # fmt: skip
