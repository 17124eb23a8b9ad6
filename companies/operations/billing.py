"""How a company is billed."""

from datetime import datetime

from django.db import transaction

from companies.domain.refusals import BillingUnchanged
from companies.models import Company
from companies.operations.own_company import asks_for_own_company
from core import audit
from core.actors import Actor
from core.errors import refusal_of
from core.locking import lock_one


def may_switch_billing(company: Company, *, actor: Actor) -> bool:
    """Whether this person may decide how the company is billed; the operator has no bills."""
    return company.kind != Company.Kind.OPERATOR and refusal_of(check_switch_billing, company, actor=actor) is None


def check_switch_billing(company: Company, *, actor: Actor) -> None:
    """Ask the guard that doesn't depend on the way it goes: nobody decides this about their own company."""
    asks_for_own_company([actor.user_id], [company.pk])


@transaction.atomic
def set_company_wide_billing(*, company: Company, on: bool, actor: Actor, now: datetime) -> Company:
    """Let all people of a company share its credit, or keep each one's apart.

    It moves no document: whether a memo may meet an invoice is judged when it is applied.
    """
    company = lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))
    check_switch_billing(company, actor=actor)
    if company.company_wide_billing == on:
        raise BillingUnchanged(company=company.name)
    company.company_wide_billing = on
    company.save(update_fields=["company_wide_billing"])
    audit.record(
        actor=actor, verb="company.billing_changed", obj=company, company_id=company.pk,
        before={"company_wide_billing": not on}, after={"company_wide_billing": on}, now=now,
    )  # fmt: skip
    return company
