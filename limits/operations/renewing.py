"""Which renewals of a run wait for credit: asked for all payers of a batch, under their lines' locks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from billing.operations.asking_credit import Renewal
from companies.models import MarketplaceSettings
from core.actors import pipeline
from core.locking import lock
from limits.domain.policy import free_modes
from limits.domain.refusals import CannotTell
from limits.models import CreditCheck, CreditLine
from limits.operations.answers import log, tell_reached
from limits.operations.weighing import Scale, Weighed, exposure_now, scale_of, weigh
from subscriptions.models import Subscription


def renewals_waiting(marketplace_id: int, renewals: Sequence[Renewal], now: datetime, dry: bool) -> set[str]:
    """The keys of those for which their payer's limit has no room, asked in the order in which they are due.

    What is asked is left out of what is committed, as are later terms of the same subscription, and renewals of the
    same run that come after it. A preview (``dry``) locks nothing and leaves no trace.
    """
    by_payer: dict[int, list[Renewal]] = defaultdict(list)
    for each in renewals:
        by_payer[each.payer_id].append(each)
    asking = _asking(marketplace_id, by_payer)
    if asking and not dry:
        rows = CreditLine.objects.filter(payer_id__in=asking) | CreditLine.objects.filter(
            payer__children__in=asking, is_shared=True
        )
        lock(CreditLine.objects.filter(pk__in=rows.values("pk")))
    return {key for payer in asking for key in _of_payer(payer, marketplace_id, by_payer[payer], now, dry=dry)}


def _asking(marketplace_id: int, payers: dict[int, list[Renewal]]) -> list[int]:
    """The payers whose exposure matters, one statement for all."""
    default = MarketplaceSettings.objects.values_list("credit_limit", flat=True).get(marketplace_id=marketplace_id)
    rows = CreditLine.objects.filter(payer_id__in=payers)
    own = rows.exclude(mode__in=free_modes(default), is_shared=False).values_list("payer_id", flat=True)
    shared = rows.filter(payer__parent__credit_line__is_shared=True).values_list("payer_id", flat=True)
    return sorted({*own, *shared})


def _of_payer(payer_id: int, marketplace_id: int, renewals: list[Renewal], now: datetime, *, dry: bool) -> set[str]:
    scale = scale_of(payer_id, marketplace_id, now=now, locked=False)
    waiting: set[str] = set()
    if not scale.asks:
        return waiting
    with transaction.atomic():
        try:
            found = exposure_now(scale)
        except CannotTell:
            return {each.key for each in renewals}
        left_out = _counted(renewals)  # Less what passed: the terms after it are not agreed on yet.
        for each in renewals:
            weighed = weigh(scale, each.amount, inside=left_out, found=found)
            if not dry:
                _write(scale, weighed, each, left_out, now)
            if weighed.refusal is None:
                left_out -= each.amount
            else:
                waiting.add(each.key)
    return waiting


def _counted(renewals: list[Renewal]) -> int:
    """What is committed of the subscriptions that are to be renewed, in minor units: these terms and later ones."""
    rows = Subscription.objects.filter(uuid__in=[each.subject for each in renewals])
    return int(rows.aggregate(sum=Sum("committed"))["sum"] or 0)


def _write(scale: Scale, weighed: Weighed, renewal: Renewal, inside: int, now: datetime) -> None:
    """Every refusal, and whatever was allowed once, with what counted."""
    if weighed.refusal is None and weighed.allowance is None:
        return
    check = log(
        scale, weighed, renewal.amount, kind=CreditCheck.Kind.RENEWAL, key=renewal.key, subject="",
        actor=pipeline(scale.line.marketplace_id), inside=inside,
    )  # fmt: skip
    if weighed.refusal is not None:
        tell_reached(scale, check, now)
