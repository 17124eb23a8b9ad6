"""Make a reseller a merchant of record, and change a merchant's code.

It lives here because a code may stand in the numbers of both kinds of document: a verb lives in the highest app that it
touches.
"""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, MarketplaceSettings, MerchantOfRecord
from companies.operations.own_company import asks_for_own_company
from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Refusal, refusal_of
from core.locking import lock_one
from creditmemos.operations.settings import check_numbers
from documents.models import NumberSeries

PERMISSION = "settings.change"
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,9}", re.ASCII)


class NotASeller(Refusal):
    """The operator sells, and resellers may."""

    code = "not_a_seller"
    text = gettext_lazy("Only an active reseller can become a merchant of record.")


class MerchantAlready(Refusal):
    """A company is one merchant."""

    code = "merchant_already"
    text = gettext_lazy("%(company)s is already a merchant of record.")


class CodeTaken(Refusal):
    """A code names one merchant."""

    code = "code_taken"
    text = gettext_lazy("Another merchant has the code %(code)s.")


class CodeInNumbers(Refusal):
    """Numbers and documents bear the code."""

    code = "code_in_numbers"
    text = gettext_lazy(
        "Documents of %(company)s already have the code %(code)s in their numbers, so it can't be changed."
    )


def may_make_merchant(company: Company) -> bool:
    """Whether it is an active reseller that is no merchant yet."""
    return refusal_of(_check_seller, company) is None


def check_make_merchant(company: Company, *, actor: Actor) -> None:
    """Ask every guard but the code's: nobody lets their own company sell."""
    _check_seller(company)
    asks_for_own_company([actor.user_id], [company.pk])


def _check_seller(company: Company) -> None:
    if not company.is_active or company.kind != Company.Kind.RESELLER:
        raise NotASeller
    if MerchantOfRecord.objects.filter(company=company).exists():
        raise MerchantAlready(company=company.name)


@transaction.atomic
def make_merchant(*, company: Company, code: str, actor: Actor, now: datetime) -> MerchantOfRecord:
    """Let a reseller sell in its own name, with books and numbers of its own, under a code of up to 10 letters."""
    settings = _lock_settings(actor)
    company = lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))
    check_make_merchant(company, actor=actor)
    merchant = MerchantOfRecord(marketplace_id=actor.marketplace_id, company=company)
    _set_code(merchant, code, settings, now)
    audit.record(
        actor=actor, verb="merchant.made", obj=merchant, company_id=company.pk, after={"code": merchant.code}, now=now
    )
    return merchant


def may_change_code(merchant: MerchantOfRecord) -> bool:
    """Whether no document bears its code yet."""
    return refusal_of(check_change_code, merchant) is None


def check_change_code(merchant: MerchantOfRecord) -> None:
    """Ask the guard of changing a code: no number was given yet."""
    if NumberSeries.objects.filter(merchant=merchant, last_number__gt=0).exists():
        raise CodeInNumbers(company=merchant.company.name, code=merchant.code)


@transaction.atomic
def change_code(*, merchant: MerchantOfRecord, code: str, actor: Actor, now: datetime) -> MerchantOfRecord:
    """Give a merchant another code, as long as it has numbered nothing."""
    settings = _lock_settings(actor)
    merchant = lock_one(MerchantOfRecord.objects.filter(pk=merchant.pk, marketplace_id=actor.marketplace_id))
    check_change_code(merchant)
    before = merchant.code
    _set_code(merchant, code, settings, now)
    audit.record(
        actor=actor, verb="merchant.code_changed", obj=merchant, company_id=merchant.company_id,
        before={"code": before}, after={"code": merchant.code}, now=now,
    )  # fmt: skip
    return merchant


def _lock_settings(actor: Actor) -> MarketplaceSettings:
    """The prefixes, which must not change while a code is held against them."""
    rows = MarketplaceSettings.objects.filter(marketplace_id=actor.marketplace_id)
    return lock_one(rows.select_related("marketplace"))


def checked_code(code: str, *, field: str) -> str:
    """A merchant's code in its one spelling: up to ten capital letters, digits and hyphens, as numbers may bear it."""
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise InvalidInput(_("Enter up to 10 letters A to Z, digits and hyphens."), field=field)
    return code


def _set_code(merchant: MerchantOfRecord, code: str, settings: MarketplaceSettings, now: datetime) -> None:
    code = checked_code(code, field="code")
    same = MerchantOfRecord.objects.filter(marketplace_id=merchant.marketplace_id, code=code)
    if same.exclude(pk=merchant.pk).exists():
        raise CodeTaken(code=code, field="code")
    merchant.code = code
    merchant.save()
    try:
        check_numbers(settings, now=now)
    except Refusal as refusal:
        raise InvalidInput(refusal.message, field="code") from refusal
