"""What a run made and was voided before voids said what becomes of it was never made up for: one exception each."""

from typing import Any

from django.db import migrations

NOT_BILLED_AGAIN, NOT_CREDITED_AGAIN = "not_billed_again", "not_credited_again"


def say(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Charges and credits of those documents stand, so nothing of them is billed or credited again by itself."""
    documents = apps.get_model("billing", "RunDocument").objects.select_related("invoice", "memo")
    for made in documents.filter(invoice__voided_at__isnull=False).order_by("pk").iterator():
        if _charges_stand(apps, made.invoice):
            _leave(apps, made, made.invoice, NOT_BILLED_AGAIN, invoice=made.invoice)
    for made in documents.filter(memo__voided_at__isnull=False).order_by("pk").iterator():
        if _credits_stand(apps, made.memo):
            _leave(apps, made, made.memo, NOT_CREDITED_AGAIN, memo=made.memo)


def _charges_stand(apps: Any, invoice: Any) -> bool:
    """Whether something that it billed, or in a V1 marketplace credited, was not returned."""
    charges = apps.get_model("billing", "Charge").objects.filter(invoice_line__invoice=invoice)
    credits_ = apps.get_model("billing", "Credit").objects.filter(invoice_line__invoice=invoice, returned=False)
    return bool(charges.exclude(state="returned").exists() or credits_.exists())


def _credits_stand(apps: Any, memo: Any) -> bool:
    """Whether something that it credited was not returned and is owed still: its invoice was not voided too."""
    credits_ = apps.get_model("billing", "Credit").objects.filter(memo_line__memo=memo, returned=False)
    void = credits_.filter(charge__invoice_line__invoice__voided_at__isnull=False)
    return bool(credits_.exclude(pk__in=void.values("pk")).exists())


def _leave(apps: Any, made: Any, document: Any, reason: str, **about: Any) -> None:
    exceptions = apps.get_model("billing", "BillingException").objects
    if exceptions.filter(reason=reason, **about).exists():
        return
    exceptions.create(
        marketplace_id=document.marketplace_id, run_id=made.run_id, account_id=document.account_id, reason=reason,
        amount=document.net, created_at=document.voided_at, **about,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_what_charges_took_off")]

    operations = [migrations.RunPython(say, migrations.RunPython.noop)]
