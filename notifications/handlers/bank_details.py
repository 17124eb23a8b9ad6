"""Mails to all finance staff that a merchant's invoices ask for payment to another account.

Whoever wants such money would change the account: so everybody who would notice is told, whoever asked and agreed. Of
the account they read the last four characters; the page that the mail leads to asks who may see it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models import Marketplace, MerchantBankDetails
from companies.operations.bank_details import CHANGED
from companies.queries.bank_details import history_of
from core import outbox
from core.formats import locale_of, moment_text
from core.models import OutboxJob
from core.printable import one_line
from notifications.domain import kinds
from notifications.domain.kinds import StaffKind
from notifications.domain.truth import Waiting
from notifications.mail.recipients import finance_of
from notifications.operations.to_staff import plan_for, refuse_stranger

KIND = "bank_details_changed"
SUBJECT = "merchant"
"""What these mails are about, in the log of deliveries."""


def register_all() -> None:
    """Called from AppConfig.ready."""
    kinds.add_staff(StaffKind(KIND, _("Bank details changed"), _while_they_work_here))
    label = _("Write a mail: bank details changed")
    outbox.register(outbox.Handler(CHANGED, f"notifications.{KIND}", _plan, kind="outside", leaves=True, label=label))


def _while_they_work_here(mail: Waiting) -> None:
    """A change stays true, also when the next one came."""
    refuse_stranger(mail, finance_of(Marketplace.objects.get(pk=mail.marketplace_id)))


def _plan(job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """One mail for each of them."""
    pk = job.payload["bank_details_id"]
    merchant_id = MerchantBankDetails.objects.values_list("merchant_id", flat=True).get(pk=pk)
    versions = history_of(merchant_id).select_related("marketplace", "merchant__company")
    row = versions.get(pk=pk)
    earlier = versions.filter(version=row.version - 1).first()
    return plan_for(
        finance_of(row.marketplace), kind=KIND, job=job, marketplace=row.marketplace,
        subject=(SUBJECT, merchant_id), told=partial(_told, row, earlier),
    )  # fmt: skip


def _told(row: MerchantBankDetails, earlier: MerchantBankDetails | None, language: str) -> dict[str, object]:
    """What the texts may say; what there was not before is an empty text."""
    return {
        "marketplace": one_line(row.marketplace.name),
        "merchant": one_line(row.merchant.company.name),
        "holder": one_line(row.holder),
        "ending": row.details.last_four,
        "bank": one_line(row.bank_name),
        "earlier_holder": one_line(earlier.holder) if earlier else "",
        "earlier_ending": earlier.details.last_four if earlier else "",
        "asked_by": one_line(row.asked_by),  # type: ignore[attr-defined]
        "agreed_by": one_line(row.agreed_by),  # type: ignore[attr-defined]
        "moment": moment_text(row.since, locale_of(language)),
        "link": f"{settings.PUBLIC_URL}{reverse('companies:bank_details', args=[row.merchant_id])}",
    }
