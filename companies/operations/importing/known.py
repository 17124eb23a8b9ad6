"""The companies that a file names, and what the rows read so far make of them; locked unless it is only tried."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.db.models import Count

from companies.models import Company, Membership
from core.in_array import among
from core.locking import lock

CHUNK = 2000
Each = TypeVar("Each")


def chunks(values: Iterable[Each]) -> Iterator[list[Each]]:
    """The values in lists that one statement can take."""
    left = iter(values)
    while part := list(islice(left, CHUNK)):
        yield part


class Known:
    """Companies by key and by id, how many children each has, and who belongs to them or did: nobody is taken back."""

    def __init__(self, marketplace_id: int, keys: Collection[str], emails: Collection[str], *, is_locked: bool) -> None:
        inside = Company.objects.filter(marketplace_id=marketplace_id)
        ids: list[int] = []
        for part in chunks(sorted(keys)):
            ids += inside.filter(among("external_key", part)).values_list("pk", flat=True)
        self.by_id: dict[int, Company] = {}
        for numbers in chunks(sorted(ids)):
            named = inside.filter(among("id", numbers))
            self.by_id |= {row.pk: row for row in (lock(named) if is_locked else named)}
        self.by_key = {row.external_key: row for row in self.by_id.values()}
        self._add_relatives()
        self.children: Counter[int] = Counter()
        self.members: set[tuple[int, str]] = set()
        for numbers in chunks(sorted(self.by_id)):
            found = Company.objects.filter(among("parent_id", numbers)).order_by().values_list("parent_id")
            self.children.update({pk: count for pk, count in found.annotate(count=Count("pk")) if pk})
        for part in chunks(sorted(emails)):
            found_members = Membership.objects.filter(
                among("user__email", part), company__marketplace_id=marketplace_id
            )
            self.members |= set(found_members.values_list("company_id", "user__email"))

    def _add_relatives(self) -> None:
        """Present relatives that the file does not name: for words and for the rules, not to be changed."""
        named = {pk for row in self.by_id.values() for pk in (row.parent_id, row.reseller_id) if pk}
        for numbers in chunks(sorted(named - self.by_id.keys())):
            self.by_id |= Company.objects.in_bulk(numbers)

    def take(self, company: Company) -> None:
        """From now on the company is this."""
        before = self.by_id.get(company.pk)
        if before is not None and before.parent_id:
            self.children[before.parent_id] -= 1
        if company.parent_id:
            self.children[company.parent_id] += 1
        self.by_id[company.pk] = self.by_key[company.external_key] = company
