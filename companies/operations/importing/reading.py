"""Read the rows of a file: what each makes of a company, or why it is not taken. Nothing is written here."""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from companies.domain.addresses import canonical
from companies.domain.company_files import PEOPLE, CompanyRow, in_waves, values_of_row
from companies.domain.company_values import OWN, CompanyValues, as_dict, checked, differing, field_of, values_of
from companies.domain.names import check_person_name
from companies.domain.refusals import CompanyIsOff, OperatorIsFixed, OwnCompany, OwnRoles, SecondPersonNeeded
from companies.models import Company, Marketplace, User
from companies.operations.companies import ADDABLE, OPERATORS, check_relatives
from companies.operations.importing.known import Known
from companies.operations.people import check_address
from companies.queries.people import own_companies_of_each
from core import rows
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from core.labels import field_text

LONGEST_NAME = 120
"""Letters of a person's name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one row came to: its company as it is then, what it was (None: it is new), and whom to invite."""

    row: CompanyRow
    company: Company
    before: CompanyValues | None
    changed: list[str]
    invites: tuple[str, str] | None


class Reading:
    """The rows of one file, taken one after the other in the order in which they name each other.

    Neither whoever imports it nor whoever sent the file (``sender_id``) may change what their own company owes (I18).
    """

    def __init__(self, found: Iterable[CompanyRow], *, actor: Actor, sender_id: int | None, is_trial: bool) -> None:
        self.taken: list[Taken] = []
        self.problems: list[tuple[CompanyRow, str]] = []
        self._actor = actor
        self._rows = self._distinct(found)
        marketplace = Marketplace.objects.get(pk=actor.marketplace_id)
        self._languages: list[str] = marketplace.languages
        named = {key for row in self._rows.values() for key in row.relatives}
        emails = {canonical(row.texts.get("admin_email", "")) for row in self._rows.values()} - {""}
        self._known = Known(actor.marketplace_id, self._rows.keys() | named, emails, is_locked=not is_trial)
        people = {pk for pk in (actor.user_id, sender_id) if pk}
        companies = own_companies_of_each(people).values()
        self._own = {pk for each in companies for pk in each.own}
        self._operators = {pk for each in companies for pk in each.operators}
        self._own_addresses = set(User.objects.filter(pk__in=people).values_list("email", flat=True))
        self._ids = self._new_ids()
        self._take_all()
        self.problems.sort(key=lambda problem: problem[0].row)

    def _distinct(self, found: Iterable[CompanyRow]) -> dict[str, CompanyRow]:
        """The rows by external key; whatever can't be told apart is a problem."""
        distinct: dict[str, CompanyRow] = {}
        for row in found:
            if row.problem:
                self.problems.append((row, row.problem))
            elif not row.key:
                self.problems.append((row, _("The row has no external key.")))
            elif row.key in distinct:
                text = _("Row %(row)s already has this external key.")
                self.problems.append((row, text % {"row": distinct[row.key].row}))
            else:
                distinct[row.key] = row
        return distinct

    def _new_ids(self) -> Iterator[int]:
        """An id for each company that may be new, so that others can name it before it is written."""
        new = len(self._rows.keys() - self._known.by_key.keys())
        return iter(rows.reserve((Company, new))[0])

    def _take_all(self) -> None:
        names = {key: row.relatives for key, row in self._rows.items()}
        left = dict(self._rows)
        for wave in in_waves(names, set(self._known.by_key)):
            for key in wave:
                row = left.pop(key)
                try:
                    self.taken.append(self._take(row))
                except Refusal as refusal:
                    self.problems.append((row, _with_field(refusal)))
        text = _("The parents and resellers of this row form a circle, or a chain that is too long.")
        self.problems += [(row, text) for row in left.values()]

    def _take(self, row: CompanyRow) -> Taken:
        """One row under every rule that a person's change has. Raises the Refusal."""
        present = self._known.by_key.get(row.key)
        before = values_of(present) if present else None
        base = before or CompanyValues(name="", kind=Company.Kind.CUSTOMER)
        kinds = [str(kind) for kind in ADDABLE] if before is None else [before.kind]
        values = values_of_row(row, base, {key: self._id_of(row, key) for key in row.relatives})
        if before is not None and values.kind != before.kind:
            raise InvalidInput(
                _("A file can't change a company's kind. Change it on the company's page."), field="kind"
            )
        values = checked(values, kinds=kinds, languages=self._languages)
        changed = differing(before or base, values)
        company = self._as_said(present, values)
        self._check(company, before, changed)
        invites = self._invited(row, company)
        if present is None or changed:
            self._known.take(company)
        return Taken(row, company, before, changed, invites)

    def _id_of(self, row: CompanyRow, key: str) -> int:
        """A relative by its external key."""
        column = next(name for name in ("parent", "reseller") if row.texts.get(name) == key)
        company = self._known.by_key.get(key)
        if company is None:
            text = _("No company has the external key %(key)s, and no row of this file has it.")
            if key in self._rows:
                text = _("The row of %(key)s, which this row needs, was rejected.")
            raise InvalidInput(text % {"key": key}, field=column)
        return company.pk

    def _as_said(self, present: Company | None, values: CompanyValues) -> Company:
        if present is None:
            return Company(pk=next(self._ids), marketplace_id=self._actor.marketplace_id, **as_dict(values))
        company = copy(present)
        for name, value in as_dict(values).items():
            setattr(company, name, value)
        return company

    def _check(self, company: Company, before: CompanyValues | None, changed: list[str]) -> None:
        if company.kind == Company.Kind.OPERATOR:
            if fixed := [name for name in changed if name in OPERATORS]:
                raise OperatorIsFixed(field=field_of(fixed[0]))
            return
        if before is None or not {"parent_id", "reseller_id"}.isdisjoint(changed):
            check_relatives(company, self._known.by_id, is_parent=self._known.children[company.pk] > 0)
        self._refuse_own(company, before, changed)

    def _refuse_own(self, company: Company, before: CompanyValues | None, changed: list[str]) -> None:
        """Nobody changes what their own company owes (I18); of the operator's relatives a page asks a second person."""
        names = OWN if before else ("parent_id", "reseller_id")
        own = [name for name in changed if name in names]
        if not own:
            return
        sides: list[Any] = [company, *([before] if before else [])]
        concerned = {company.pk, *(pk for side in sides for pk in (side.parent_id, side.reseller_id) if pk)}
        if concerned & self._own:
            raise OwnCompany(field=field_of(own[0]))
        if concerned & self._operators:
            text = _("This company is related to the operator, so changes need approval. Change it on its own page.")
            raise SecondPersonNeeded(text, field=field_of(own[0]))

    def _invited(self, row: CompanyRow, company: Company) -> tuple[str, str] | None:
        """Whom the row invites, if they are not there already."""
        email, name = (row.texts.get(column, "") for column in PEOPLE)
        if not email:
            return None
        address = canonical(email)
        if (company.pk, address) in self._known.members:
            return None
        try:
            check_address(address)
        except InvalidInput as refusal:
            raise InvalidInput(refusal.message, field="admin_email") from None
        if address in self._own_addresses:
            raise OwnRoles(field="admin_email")
        if company.kind == Company.Kind.OPERATOR:
            raise InvalidInput(_("Add members of the operator under People."), field="admin_email")
        if not company.is_active:
            raise CompanyIsOff(company=company.name, field="admin_email")
        if not name or len(name) > LONGEST_NAME:
            raise InvalidInput(_("Enter the person's name, of at most 120 letters."), field="admin_name")
        check_person_name(name, field="admin_name")
        return address, name


def _with_field(refusal: Refusal) -> str:
    return f"{field_text(refusal.field)}: {refusal.message}" if refusal.field else refusal.message
