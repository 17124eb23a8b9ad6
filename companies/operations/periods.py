"""Close a period of a merchant: nothing is posted or effective in it afterwards."""

from datetime import date, datetime

from django.db import transaction

from companies.domain.refusals import ClosedAlready, DayNotOver
from companies.models import MerchantOfRecord
from core import audit
from core.actors import Actor
from core.checks import check_day
from core.locking import lock_one


@transaction.atomic
def close_period(*, merchant: MerchantOfRecord, through: date, actor: Actor, now: datetime) -> MerchantOfRecord:
    """Close all days up to and including ``through``: a day that is over where the marketplace is, after the last one.

    What is undone later posts on its own day. A closed period stays closed.
    """
    merchant = lock_one(
        MerchantOfRecord.objects.select_related("marketplace").filter(
            pk=merchant.pk, marketplace_id=actor.marketplace_id
        )
    )
    check_day(through, field="through")
    today = merchant.marketplace.today(now)
    if through >= today:
        raise DayNotOver(today=today.isoformat(), field="through")
    before = merchant.closed_through
    if before is not None and through <= before:
        raise ClosedAlready(through=before.isoformat(), field="through")
    merchant.closed_through = through
    merchant.save(update_fields=["closed_through"])
    audit.record(
        actor=actor, verb="period.closed", obj=merchant, company_id=merchant.company_id,
        before={"closed_through": before and before.isoformat()}, after={"closed_through": through.isoformat()},
        now=now,
    )  # fmt: skip
    return merchant
