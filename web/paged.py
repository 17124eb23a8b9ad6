"""Pages of a table within a page: lines of a document, moves of a balance."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

Row = TypeVar("Row")
MOST_DIGITS = 7


class Pages(NamedTuple):
    """Where one is in a long table; ``previous`` and ``next`` are numbers, or None at the ends."""

    number: int
    last: int

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after."""
        return self.number + 1 if self.number < self.last else None


def pages_of(count: int, asked: str | None, size: int, *, last: bool = False) -> Pages:
    """The page that was asked for among ``count`` rows, else the first (or ``last``) one."""
    most = max(1, -(-count // size))
    default = most if last else 1
    usable = asked is not None and asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS
    return Pages(min(max(int(asked), 1), most) if usable and asked else default, most)


def page_of(rows: Sequence[Row], asked: str | None, size: int, *, last: bool = False) -> tuple[list[Row], Pages]:
    """The rows of the page that was asked for, else of the first (or ``last``) one."""
    pages = pages_of(len(rows), asked, size, last=last)
    return list(rows[(pages.number - 1) * size : pages.number * size]), pages
