"""Where one is in a list, and the ways on: next and previous by keyset, numbers once the count is known."""

from dataclasses import dataclass

from django.http import QueryDict

from web.filters import PLACE_KEYS
from web.links import changed_query
from web.lists.paging import Window
from web.lists.state import DEEPEST_OFFSET, State

AROUND = 2
"""Page numbers shown on each side of the current one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One page number; without an address it is the current one, without a number a gap."""

    number: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Pager:
    """``count`` is the size of the filtered set, when it is known exactly."""

    data: QueryDict
    state: State
    count: int | None

    @property
    def last(self) -> int | None:
        """The last page's number."""
        return None if self.count is None else max(1, -(-self.count // self.state.per_page))

    def steps(self) -> list[Step]:
        """First, the ones around the current, last, with gaps between; as far as an OFFSET may reach."""
        last = self.last
        if last is None or last == 1:
            return []
        reach = 1 + DEEPEST_OFFSET // self.state.per_page
        near = range(max(1, self.state.page - AROUND), min(last, self.state.page + AROUND) + 1)
        found: list[Step] = []
        for number in sorted({1, last, *near}):
            if number > reach:
                break
            if found and found[-1].number is not None and number > found[-1].number + 1:
                found.append(Step(None, ""))
            found.append(Step(number, "" if number == self.state.page else self._page(number)))
        return found

    def _page(self, number: int) -> str:
        return changed_query(self.data, {**dict.fromkeys(PLACE_KEYS), "page": number, "part": None})


def next_url(data: QueryDict, shown: Window) -> str:
    """The address of the following page, or nothing."""
    if not shown.has_next:
        return ""
    after = shown.after or None
    return changed_query(data, {"page": shown.page + 1, "after": after, "before": None})


def previous_url(data: QueryDict, shown: Window) -> str:
    """The address of the page before, or nothing."""
    if not shown.has_previous:
        return ""
    back = max(1, shown.page - 1)
    before = shown.before or None if back > 1 else None
    return changed_query(data, {"page": None if back == 1 else back, "before": before, "after": None})
