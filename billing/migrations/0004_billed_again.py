"""What was billed can be billed again: charges and credits say whether they are, and how much each credit undoes."""

from datetime import date
from decimal import Decimal
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from core.lifting import lifted

MILLIONTHS = 1_000_000


def tell(apps: Any, schema_editor: Any) -> None:
    """Say of each credit what it undoes, and of each usage record in which count it is."""
    triggers = ("i13_credit_rows", "i13_credit_update")
    with lifted(schema_editor, *triggers, may_change={"billing_credit": ["undone", "counted_id"]}):
        tell_credits(apps)
    tell_records(apps)


def tell_credits(apps: Any) -> None:
    credits_ = apps.get_model("billing", "Credit").objects
    kept: dict[int, int] = {}
    for row in credits_.select_related("charge", "event", "memo_line", "invoice_line").order_by("pk").iterator():
        if row.charge_id is None:
            if row.kind == "usage" and row.subscription_id and row.event:
                line = row.memo_line or row.invoice_line
                row.undone = row.net + sum(step[3] for step in row.how["steps"] if step[0] == "discounts")
                row.counted = count_of(apps, row.event, line.period_from)
        else:
            before = kept.get(row.charge_id, row.charge.whole)
            kept[row.charge_id] = after = left_of(row, before)
            row.undone = max(0, before - after)
        if row.undone:
            row.save(update_fields=["undone", "counted"])


def left_of(credit: Any, before: int) -> int:
    """What a credit left of its charge, as it says itself."""
    for step in credit.how["steps"]:
        if step[0] == "used" and step[1] == credit.charge.counted != "pieces":
            return int(Decimal(step[3]))
        if step[0] == "pieces" and credit.charge.counted == "pieces":
            return max(0, before - int(Decimal(step[1]) * MILLIONTHS))
    return before


def tell_records(apps: Any) -> None:
    events = apps.get_model("billing", "BillingEvent").objects
    records = events.filter(kind="usage", status__in=["billed", "nothing"], subscription__isnull=False)
    for event in records.order_by("pk").iterator():
        count = count_of(apps, event)
        if count is not None:
            events.filter(pk=event.pk).update(counted=count)


def count_of(apps: Any, event: Any, first: date | None = None) -> Any:
    """The count that a record is in: that of the plan which held on its day, else any of its period."""
    found = apps.get_model("billing", "Metered").objects.filter(
        subscription_id=event.subscription_id, period_first__lte=event.day
    )
    if first:
        found = found.filter(period_first=first)
    agreed = apps.get_model("subscriptions", "SubscriptionTerms").objects.filter(
        subscription_id=event.subscription_id, day__lte=event.day
    )
    terms = agreed.order_by("-day", "-position").first()
    own = found.filter(plan_id=terms.plan_id) if terms else found.none()
    return own.order_by("-period_first").first() or found.order_by("-period_first").first()


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_usage_counted_once"),
        ("creditmemos", "0002_discarded_drafts"),
        ("invoices", "0002_carried_taken"),
    ]

    operations = [
        migrations.AddField(
            "billingevent",
            "counted",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="records",
                to="billing.metered",
            ),
        ),
        migrations.AddField("credit", "undone", models.BigIntegerField(default=0)),
        migrations.AddField(
            "credit",
            "counted",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="credits",
                to="billing.metered",
            ),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
