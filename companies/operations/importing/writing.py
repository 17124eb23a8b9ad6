"""Write what the rows of a file came to: companies, audit log and invitations, by a few statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from companies.domain.company_values import CompanyValues, values_of
from companies.domain.roles import ROLES_OF_KIND
from companies.models import Company
from companies.operations.companies import note_of_added, note_of_changed, said
from companies.operations.importing.reading import Taken
from companies.operations.people import invite
from core import audit, rows
from core.actors import Actor
from core.search_keys import fill


class _Changed(NamedTuple):
    id: int
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    tax_number: str
    tax_exempt: bool
    billing_email: str
    language: str
    payment_terms_days: int | None
    parent_id: int | None
    reseller_id: int | None
    search_key: str
    details_key: str


class _Added(NamedTuple):
    id: int
    marketplace_id: int
    uuid: UUID
    external_key: str
    kind: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    tax_number: str
    tax_exempt: bool
    billing_email: str
    language: str
    payment_terms_days: int | None
    parent_id: int | None
    reseller_id: int | None
    company_wide_billing: bool
    is_active: bool
    search_key: str
    details_key: str


def write_companies(taken: Sequence[Taken], *, actor: Actor, now: datetime) -> None:
    """Write the companies that are new or changed, parents before their children, and note each."""
    added = [each for each in taken if each.before is None]
    changed = [each for each in taken if each.before is not None and each.changed]
    for has_parent in (False, True):
        rows.update(Company, [_row(_Changed, each) for each in changed if bool(each.company.parent_id) == has_parent])
        rows.insert(Company, [_row(_Added, each) for each in added if bool(each.company.parent_id) == has_parent])
    _note(added, changed, actor, now)


def _row(kind: type[_Changed] | type[_Added], taken: Taken) -> NamedTuple:
    fill(taken.company)
    return kind(*(getattr(taken.company, name) for name in kind._fields))


def _note(added: Sequence[Taken], changed: Sequence[Taken], actor: Actor, now: datetime) -> None:
    """The same audit rows as a person's: relatives by their names."""
    sides = [values for each in (*added, *changed) for values in _sides(each)]
    named = {pk for side in sides for pk in (side.parent_id, side.reseller_id) if pk}
    relatives = Company.objects.in_bulk(named)
    notes = [note_of_added(each.company, said(values_of(each.company), relatives)) for each in added]
    for each in changed:
        then, told = (said(values, relatives) for values in _sides(each))
        notes.append(note_of_changed(each.company, each.changed, then, told))
    audit.record_many(notes, actor=actor, now=now)


def _sides(taken: Taken) -> list[CompanyValues]:
    return [*([taken.before] if taken.before else []), values_of(taken.company)]


def invite_people(taken: Sequence[Taken], *, actor: Actor, now: datetime) -> int:
    """Invite the admins that rows name, each with the first role of the company's kind; how many."""
    invited = 0
    for each in taken:
        if each.invites:
            email, name = each.invites
            role = ROLES_OF_KIND[each.company.kind][0]
            invite(company=each.company, email=email, name=name, roles=[role], actor=actor, now=now)
            invited += 1
    return invited
