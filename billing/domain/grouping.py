"""Which lines of a run go on which document: pure.

Per balance account (and billed user, where a company is not billed as a whole) the charges go on one invoice and the
credits on its sibling memo. A credit goes to the account of the charge that it undoes. Several credits of one charge
become one line, since a memo names an invoice line once.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from billing.rating import ChargeLine, CreditLine, Key, Rated, TaxAmount


class Owner(NamedTuple):
    """Whose contract it is: the company that uses it and the user it is billed to (None: the company as a whole)."""

    contract: Key
    company: int
    user: int | None


class Charged(NamedTuple):
    """A charge and whose it is."""

    line: ChargeLine
    owner: Owner


class Credited(NamedTuple):
    """All credits of one charge (or one credit that undoes none): together one line. Amounts in minor units."""

    source: Key | None
    lines: tuple[CreditLine, ...]
    owner: Owner

    def apart(self) -> list["Credited"]:
        """Each credit by itself, where no memo asks for one line."""
        return [self._replace(lines=(line,)) for line in self.lines]

    @property
    def net(self) -> int:
        """What they credit before tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """The tax that they give back."""
        return sum(line.tax for line in self.lines)

    @property
    def taxes(self) -> Sequence[TaxAmount]:
        """Each tax once."""
        if len(self.lines) == 1:
            return self.lines[0].taxes
        sums: dict[tuple[str, Decimal], TaxAmount] = {}
        for line in self.lines:
            for tax in line.taxes:
                so_far = sums.get((tax.name, tax.rate))
                both = (
                    tax
                    if so_far is None
                    else tax._replace(base=tax.base + so_far.base, amount=tax.amount + so_far.amount)
                )
                sums[tax.name, tax.rate] = both
        return list(sums.values())


class Bill(NamedTuple):
    """What one account gets in a run: an invoice of the charges, and a memo of the credits."""

    account: Key
    user: int | None
    charges: list[Charged]
    credits: list[Credited]

    @property
    def charged(self) -> int:
        """What its charges come to with tax, in minor units."""
        return sum(each.line.net + each.line.tax for each in self.charges)

    @property
    def credited(self) -> int:
        """What its credits come to with tax, in minor units."""
        return sum(each.net + each.tax for each in self.credits)

    @property
    def first_owner(self) -> Owner:
        """Whose line it begins with."""
        return self.charges[0].owner if self.charges else self.credits[0].owner

    @property
    def companies(self) -> set[int]:
        """The companies whose contracts it bills."""
        return {each.owner.company for each in self.charges} | {each.owner.company for each in self.credits}


def group(rated: Iterable[tuple[Owner, Rated]]) -> list[Bill]:
    """The bills of a run for any number of contracts, in the order in which their accounts first appear."""
    bills: dict[tuple[Key, int | None], Bill] = {}
    undoing: dict[tuple[Key, int | None], dict[Key, int]] = {}

    def bill(account: Key, owner: Owner) -> Bill:
        return bills.setdefault((account, owner.user), Bill(account, owner.user, [], []))

    for owner, lines in rated:
        for charge in lines.charges:
            bill(charge.account, owner).charges.append(Charged(charge, owner))
        for credit in lines.credits:
            onto = bill(credit.account, owner)
            places = undoing.setdefault((credit.account, owner.user), {})
            if credit.source is not None and credit.source in places:
                at = places[credit.source]
                onto.credits[at] = onto.credits[at]._replace(lines=(*onto.credits[at].lines, credit))
                continue
            if credit.source is not None:
                places[credit.source] = len(onto.credits)
            onto.credits.append(Credited(credit.source, (credit,), owner))
    return list(bills.values())
