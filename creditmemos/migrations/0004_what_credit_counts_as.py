"""A reason says what its credit counts as, and an issued memo what its reason's counted as then.

Reasons that were there get it by their code; a code of somebody's own counts as price, as every new reason does at first.
Issued memos get what their reason has now, since no reason has counted as anything before. The pipeline's give no reason.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery

from core.lifting import lifted

TIME = ("cancellation", "downgrade", "duplicate")
NOTHING = ("goodwill", "service_issue")
CHOICES = [
    ("price", "Price: the charge costs less"),
    ("time", "Time: days that were not used"),
    ("nothing", "Nothing: it changes neither"),
]
TRIGGERS = ("i10_memo_frozen", "i6_memo_void_is_final", "i5_memo_discarded_is_final")


def by_code(apps: Any, _schema_editor: Any) -> None:
    reasons = apps.get_model("creditmemos", "CreditReason").objects
    for counts_as, codes in (("time", TIME), ("nothing", NOTHING)):
        reasons.filter(code__in=[*codes, *(code.replace("_", "-") for code in codes)]).update(counts_as=counts_as)


def by_reason(apps: Any, schema_editor: Any) -> None:
    reasons = apps.get_model("creditmemos", "CreditReason").objects.filter(pk=OuterRef("reason_id"))
    memos = apps.get_model("creditmemos", "CreditMemo").objects.filter(reason__isnull=False, number__isnull=False)
    with lifted(schema_editor, *TRIGGERS, may_change={"creditmemos_creditmemo": ["counts_as"]}):
        memos.update(counts_as=Subquery(reasons.values("counts_as")[:1]))


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "0003_tax_by")]

    operations = [
        migrations.AddField(
            "creditreason", "counts_as", models.CharField(choices=CHOICES, default="price", max_length=7)
        ),
        migrations.AddField(
            "creditmemo", "counts_as", models.CharField(blank=True, choices=CHOICES, default="", max_length=7),
            preserve_default=False,
        ),
        migrations.RunPython(by_code, migrations.RunPython.noop),
        migrations.RunPython(by_reason, migrations.RunPython.noop),
    ]
