"""The mail to managers and finance that a company's credit limit refused a purchase, or lets a renewal wait."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.clock import database_now
from core.errors import Refusal
from core.formats import locale_of, moment_text
from core.models import OutboxJob
from core.money import format_amount, to_major
from core.printable import one_line
from limits.domain.refusals import CreditBlocked, GroupLimitReached, PrepaidOnly
from limits.models import CreditCheck
from limits.operations.answers import REACHED
from limits.operations.limiting import KIND
from limits.operations.weighing import scale_of, weigh
from notifications.domain.kinds import Notice, NotificationKind
from notifications.domain.truth import NoLongerTrue, Waiting
from notifications.handlers.mails import register

NAME = "credit_limit_reached"
_REASONS = {CreditBlocked.code: "blocked", PrepaidOnly.code: "prepaid", GroupLimitReached.code: "shared"}
"""What the texts call why it was refused; all else is "limit"."""


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        NotificationKind(
            name=NAME,
            label=_("Credit limit reached"),
            about=_("A checkout's purchase was refused, or a renewal waits, for credit. Once a day for each company."),
            topic=REACHED,
            notice=limit_reached,
            samples=samples,
            payload=lambda _document_id: None,
            still_true=still_refused,
            document="",
            enabled=True,
            has_pdf=False,
            to_staff=True,
        )
    )


def limit_reached(job: OutboxJob) -> Notice:
    """What was refused first on that day."""
    check = _check(job.payload["check_id"], job.marketplace_id)
    payer = check.line.payer
    return Notice(
        company_id=payer.pk,
        user_id=None,
        subject_kind=KIND,
        subject_id=check.line_id,
        number="",
        facts={
            "company": payer.name,
            "country": payer.country,
            "currency": check.currency,
            "total": f"{to_major(check.amount, currency=check.currency):f}",
        },
        languages=[check.marketplace.default_language],
        present=lambda language: _told(check, language),
    )


def still_refused(mail: Waiting) -> None:
    """Nobody has to act once it would pass: the company paid, its limit was raised, or it was allowed once."""
    check = _check(mail.payload["check_id"], mail.marketplace_id)
    scale = scale_of(check.line.payer_id, mail.marketplace_id, now=database_now(), locked=False)
    is_counted = check.kind == CreditCheck.Kind.RENEWAL
    try:
        with transaction.atomic():  # What is not reckoned yet is stored.
            passes = weigh(scale, check.amount, inside=check.amount if is_counted else 0).is_allowed
    except Refusal:
        return
    if passes:
        raise NoLongerTrue(gettext("There was credit for it again before this mail was sent."))


def samples(language: str) -> list[dict[str, Any]]:
    """A purchase above a limit, a renewal above a shared one, a prepaid customer, and a blocked one."""
    at = datetime.fromisoformat("2026-05-18T09:30:00+00:00")
    company, subject = "Harbour & Vale Software Ltd", "Business Suite, 10 seats"
    rows = [
        ("limit", False, 80_00, 1_040_00, 1_000_00, subject), ("shared", True, 80_00, 5_040_00, 5_000_00, ""),
        ("prepaid", False, 80_00, 80_00, 0, subject), ("blocked", False, 80_00, 80_00, None, subject),
    ]  # fmt: skip
    return [
        _texts(
            language,
            "EUR",
            company=company,
            reason=reason,
            is_renewal=is_renewal,
            amount=amount,
            exposure=exposure,
            limit=limit,
            what=what,
            at=at,
            payer_id=1,
        )
        for reason, is_renewal, amount, exposure, limit, what in rows
    ]


def _check(pk: int, marketplace_id: int) -> CreditCheck:
    rows = CreditCheck.objects.select_related("line__payer", "marketplace")
    return rows.get(pk=pk, marketplace_id=marketplace_id)


def _told(check: CreditCheck, language: str) -> dict[str, Any]:
    reason = _REASONS.get(check.refusal, "limit")
    is_shared = reason == "shared"
    with timezone.override(check.marketplace.zone):
        return _texts(
            language, check.currency, company=check.line.payer.name, reason=reason,
            is_renewal=check.kind == CreditCheck.Kind.RENEWAL, amount=check.amount,
            exposure=(check.group_exposure or 0) if is_shared else check.exposure,
            limit=check.group_limit if is_shared else check.limit, what=check.subject, at=check.asked_at,
            payer_id=check.line.payer_id,
        )  # fmt: skip


def _texts(
    language: str, currency: str, *, company: str, reason: str, is_renewal: bool, amount: int, exposure: int,
    limit: int | None, what: str, at: datetime, payer_id: int,
) -> dict[str, Any]:  # fmt: skip
    """What the texts may say; amounts are minor units, ``exposure`` is with the purchase."""
    return {
        "company": one_line(company),
        "reason": reason,
        "is_renewal": is_renewal,
        "amount": format_amount(amount, currency, language),
        "exposure": format_amount(exposure, currency, language),
        "credit_limit": "" if limit is None else format_amount(limit, currency, language),
        "what": one_line(what),
        "moment": moment_text(at, locale_of(language)),
        "page": f"{settings.PUBLIC_URL}{reverse('limits:panel', args=[payer_id])}",
    }
