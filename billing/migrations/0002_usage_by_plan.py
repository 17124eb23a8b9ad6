"""Usage of a period is counted by plan, no longer by the terms, which change with the number of seats.

Counts of one subscription, plan and period are added up. What was charged stays where it is, on the charges; what was
given below zero is worked out from each old count, as it was when it was given.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from core.money import exponent, round_half_up


def merge(apps: Any, _schema_editor: Any) -> None:
    Metered = apps.get_model("billing", "Metered")
    merged = defaultdict(list)
    rows = Metered.objects.select_related("terms__plan", "subscription__marketplace").order_by("pk")
    for row in rows.iterator():
        merged[row.subscription_id, row.terms.plan_id, row.period_first].append(row)
    for own in merged.values():
        kept, *others = own
        currency = kept.subscription.marketplace.currency
        kept.plan_id = kept.terms.plan_id
        kept.taken = sum((max(Decimal(0), -row.quantity) for row in own), Decimal(0))
        kept.credited = sum(below_zero(row.terms.plan, row.quantity, currency) for row in own)
        kept.discount = min(kept.credited, discounts(apps, kept)) if kept.credited else 0
        kept.quantity = sum((row.quantity for row in own), Decimal(0))
        Metered.objects.filter(pk__in=[row.pk for row in others]).delete()
        kept.save(update_fields=["plan", "taken", "credited", "discount", "quantity"])


def below_zero(plan: Any, quantity: Decimal, currency: str) -> int:
    """What a count below zero was given back: at the price of the first tier, in minor units."""
    if quantity >= 0 or plan.usage_model == "flat" or not plan.usage_tiers:
        return 0
    price = Decimal(str(plan.usage_tiers[0][1]))
    return round_half_up((-quantity * price).scaleb(exponent(currency)))


def discounts(apps: Any, count: Any) -> int:
    """What discounts took of the credits of a period that stand for no charge, as they say themselves."""
    rows = apps.get_model("billing", "Credit").objects.filter(
        subscription_id=count.subscription_id, charge__isnull=True, kind="usage"
    )
    found: int = 0
    for credit in rows.select_related("memo_line", "invoice_line"):
        line = credit.memo_line or credit.invoice_line
        if line.period_from == count.period_first:
            found += sum(step[3] for step in credit.how["steps"] if step[0] == "discounts")
    return found


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("subscriptions", "0001_initial")]

    operations = [
        migrations.AddField(
            "metered",
            "plan",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="subscriptions.plan",
            ),
        ),
        migrations.AddField("metered", "taken", models.DecimalField(decimal_places=6, default=0, max_digits=24)),
        migrations.AddField("metered", "credited", models.BigIntegerField(default=0)),
        migrations.AddField("metered", "discount", models.BigIntegerField(default=0)),
        migrations.RunPython(merge, migrations.RunPython.noop),
    ]
