"""Add a company, change it, switch it off and on again."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.domain.company_values import (
    OWN,
    CompanyValues,
    as_dict,
    checked,
    differing,
    field_of,
    values_of,
)
from companies.domain.refusals import (
    CannotSwitchOff,
    ChangedMeanwhile,
    CompanyUnchanged,
    ExternalKeyTaken,
    KindIsKept,
    NotThisParent,
    NotThisReseller,
    OperatorIsFixed,
    ResellerIsOff,
    SecondPersonNeeded,
)
from companies.models import Company, Marketplace
from companies.operations.own_company import Ask, asks_for_own_company, refuse_own_company
from companies.queries.ties import why_of_kind, why_on
from core import audit
from core.actors import Actor
from core.audit import Note
from core.errors import Missing, refusal_of
from core.labels import field_text
from core.locking import lock, lock_one
from core.models import Approval

PERMISSION = "companies.change"
CHANGE = "change_company"
"""What a second person is asked for a relative of the operator."""
ADDABLE = (Company.Kind.CUSTOMER, Company.Kind.RESELLER, Company.Kind.VENDOR)
OPERATORS = ("kind", "tax_exempt", "payment_terms_days", "parent_id", "reseller_id")
"""What stays of the operator as it was on the marketplace's first day."""


@transaction.atomic
def add_company(*, values: CompanyValues, actor: Actor, now: datetime) -> Company:
    """Add a customer, reseller or vendor. Each refusal names its field: see ``checked`` and the classes above."""
    values = _checked(values, ADDABLE, actor)
    around = _lock_around([values.parent_id, values.reseller_id], actor)
    company = Company(marketplace_id=actor.marketplace_id, **as_dict(values))
    _check_external_key(company)
    check_relatives(company, around, is_parent=False)
    try:
        refuse_own_company(actor, around, field="parent" if values.parent_id else "reseller")
    except SecondPersonNeeded as refusal:
        text = _(
            "Add the company without this company, which is related to the operator. Then change it: the "
            "change is sent for approval."
        )
        raise SecondPersonNeeded(text, field=refusal.field) from refusal
    company.save()
    audit.record_many([note_of_added(company, said_of(values))], actor=actor, now=now)
    return company


def fixed_fields(company: Company, *, actor: Actor) -> dict[str, str]:
    """What this person can't change of the company, as a form names it, each with the reason in words."""
    if company.kind == Company.Kind.OPERATOR:
        return dict.fromkeys((field_of(name) for name in OPERATORS), str(OperatorIsFixed.text))
    fixed = {}
    if why := why_of_kind(company.pk):
        fixed["kind"] = KindIsKept(company=company.name, why=why).message
    if refusal := refusal_of(asks_for_own_company, [actor.user_id], [company.pk]):
        fixed |= dict.fromkeys((field_of(name) for name in OWN), refusal.message)
    return fixed


@transaction.atomic
def change_company(
    *, company: Company, values: CompanyValues, actor: Actor, now: datetime, seen: CompanyValues | None = None
) -> Company:
    """Make a company what ``values`` say; documents that were issued keep what they froze (I10).

    ``seen`` is what the person saw before: when somebody changed it since, that is refused as ChangedMeanwhile. Of a
    relative of the operator, a second person is asked about what ``OWN`` names.
    """
    around = _lock_around([company.pk, values.parent_id, values.reseller_id], actor)
    company = around.pop(company.pk)
    before, kinds = values_of(company), (*ADDABLE, company.kind)
    if seen is not None and (moved := differing(before, seen)):
        raise ChangedMeanwhile(fields=", ".join(field_text(field_of(name)) for name in moved))
    values = _checked(values, kinds, actor)
    changed = differing(before, values)
    if not changed:
        raise CompanyUnchanged(company=company.name)
    for name in changed:
        setattr(company, name, getattr(values, name))
    _check_changes(company, before, changed, around)
    _refuse_own(company, before, changed, actor)
    company.save(update_fields=[*(name.removesuffix("_id") for name in changed), "search_key", "details_key"])
    audit.record_many([note_of_changed(company, changed, said_of(before), said_of(values))], actor=actor, now=now)
    return company


def change_approved(approval: Approval, actor: Actor, now: datetime) -> Company:
    """Change a company as a second person agreed to, unless somebody changed it meanwhile."""
    told = approval.arguments
    company = Company.objects.get(pk=approval.object_id)
    values, seen = CompanyValues(**told["values"]), CompanyValues(**told["seen"])
    return change_company(company=company, values=values, seen=seen, actor=actor, now=now)


def may_switch_off(company: Company) -> bool:
    """Whether it is on, and not the operator; what else may stand in the way its page says."""
    return company.is_active and company.kind != Company.Kind.OPERATOR


def may_switch_on(company: Company) -> bool:
    """Whether it was switched off."""
    return refusal_of(check_switch_on, company) is None


def check_switch_off(company: Company) -> None:
    """Ask every guard of switching off: what still runs for the company must end first."""
    if company.kind == Company.Kind.OPERATOR:
        raise OperatorIsFixed
    if not company.is_active:
        raise CompanyUnchanged(company=company.name)
    if why := why_on(company.pk):
        raise CannotSwitchOff(company=company.name, why=why)


def check_switch_on(company: Company) -> None:
    """Ask the guards of switching on: its reseller must be there."""
    if company.is_active:
        raise CompanyUnchanged(company=company.name)
    if company.reseller is not None and not company.reseller.is_active:
        raise ResellerIsOff(company=company.name, reseller=company.reseller.name)


@transaction.atomic
def switch_off(*, company: Company, actor: Actor, now: datetime) -> Company:
    """Let nothing new begin for a company: no subscription, no ad hoc memo, no sign-in of its people.

    What is open stays and can be settled, and what it used is still billed. Refused while subscriptions run or a
    reseller has active customers.
    """
    company = _lock(company, actor)
    check_switch_off(company)
    return _switch(company, "company.switched_off", actor, now, on=False)


@transaction.atomic
def switch_on(*, company: Company, actor: Actor, now: datetime) -> Company:
    """Take a company up again."""
    around = _lock_around([company.pk, company.reseller_id], actor)
    company = around[company.pk]
    if company.reseller_id is not None and company.reseller_id not in around:
        raise ChangedMeanwhile(fields=field_text("reseller"))
    check_switch_on(company)
    return _switch(company, "company.switched_on", actor, now, on=True)


def _switch(company: Company, verb: str, actor: Actor, now: datetime, *, on: bool) -> Company:
    company.is_active = on
    company.save(update_fields=["is_active"])
    audit.record(
        actor=actor, verb=verb, obj=company, company_id=company.pk, before={"is_active": not on},
        after={"is_active": on}, now=now,
    )  # fmt: skip
    return company


def check_relatives(company: Company, around: Mapping[int, Company], *, is_parent: bool) -> None:
    """Refuse a parent on a second level, and a reseller that is none.

    ``around`` holds both rows by id, locked; ``is_parent``: the company has children itself.
    """
    parent = around.get(company.parent_id or 0)
    is_own = company.parent_id == company.pk
    if company.parent_id is not None and (parent is None or parent.parent_id or is_own or is_parent):
        raise NotThisParent(parent=parent or "?", company=company.name, field="parent")
    reseller = around.get(company.reseller_id or 0)
    if company.reseller_id is None:
        return
    is_reseller = reseller is not None and reseller.is_active and reseller.kind == Company.Kind.RESELLER
    if not is_reseller or company.kind != Company.Kind.CUSTOMER:
        raise NotThisReseller(field="reseller")


def _check_changes(company: Company, before: CompanyValues, changed: list[str], around: dict[int, Company]) -> None:
    """Ask what depends on the rest of the company: its kind, its key, its relatives."""
    if before.kind == Company.Kind.OPERATOR and (fixed := [name for name in changed if name in OPERATORS]):
        raise OperatorIsFixed(field=field_of(fixed[0]))
    if "kind" in changed and (why := why_of_kind(company.pk)):
        raise KindIsKept(company=before.name, why=why, field="kind")
    if "external_key" in changed:
        _check_external_key(company)
    if not {"parent_id", "reseller_id", "kind"}.isdisjoint(changed):
        check_relatives(company, around, is_parent=company.children.exists())


def _refuse_own(company: Company, before: CompanyValues, changed: list[str], actor: Actor) -> None:
    """Nobody changes what their own company owes (I18); the operator owes nothing."""
    own = [name for name in changed if name in OWN]
    if not own or company.kind == Company.Kind.OPERATOR:
        return
    values = values_of(company)
    concerned = {company.pk, before.parent_id, before.reseller_id, values.parent_id, values.reseller_id} - {None}
    ask = Ask(
        kind="company", verb=CHANGE, object_id=company.pk, thing=before.name,
        arguments={"values": as_dict(values), "seen": as_dict(before)},
    )  # fmt: skip
    refuse_own_company(actor, [pk for pk in concerned if pk], ask=ask, field=field_of(own[0]))


def _checked(values: CompanyValues, kinds: Iterable[str], actor: Actor) -> CompanyValues:
    languages = Marketplace.objects.values_list("languages", flat=True).get(pk=actor.marketplace_id)
    return checked(values, kinds=[str(kind) for kind in kinds], languages=languages)


def _check_external_key(company: Company) -> None:
    key = company.external_key
    same = Company.objects.filter(marketplace_id=company.marketplace_id, external_key=key).exclude(pk=company.pk)
    if key and same.exists():
        raise ExternalKeyTaken(field="external_key")


def _lock(company: Company, actor: Actor) -> Company:
    return lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))


def _lock_around(ids: Iterable[int | None], actor: Actor) -> dict[int, Company]:
    """The rows of the actor's marketplace by id, locked in one order; raises Missing for one that is not there."""
    wanted = {pk for pk in ids if pk is not None}
    found = {row.pk: row for row in lock(Company.objects.filter(pk__in=wanted, marketplace_id=actor.marketplace_id))}
    if found.keys() != wanted:
        raise Missing
    return found


def said_of(values: CompanyValues) -> dict[str, object]:
    """The values for people and the audit log, as a form names them: relatives by their names."""
    return said(values, Company.objects.in_bulk([pk for pk in (values.parent_id, values.reseller_id) if pk]))


def said(values: CompanyValues, relatives: Mapping[int, Company]) -> dict[str, object]:
    """The same, where the relatives are there by their ids."""
    told = as_dict(values)
    for name in ("parent_id", "reseller_id"):
        relative = relatives.get(told.pop(name) or 0)
        told[field_of(name)] = relative.name if relative else ""
    return told


def note_of_added(company: Company, told: Mapping[str, object]) -> Note:
    """What the audit log keeps of a new company: all that is said of it."""
    after = {name: value for name, value in told.items() if value not in ("", None, False)}
    return Note("company.added", "company", company.pk, company.pk, after)


def note_of_changed(
    company: Company, changed: Iterable[str], then: Mapping[str, object], told: Mapping[str, object]
) -> Note:
    """What the audit log keeps of a change: what ``changed`` names, as it was and as it is."""
    fields = [field_of(name) for name in changed]
    before, after = ({name: each[name] for name in fields} for each in (then, told))
    return Note("company.changed", "company", company.pk, company.pk, after, before)
