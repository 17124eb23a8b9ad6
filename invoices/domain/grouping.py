"""Lines of a document in groups: by product, then subscription, then period, each with its sums (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Grouped(Protocol):
    """What a line tells about its place; ``net`` and ``tax`` are minor units."""

    @property
    def product_name(self) -> str: ...
    @property
    def subscription_uuid(self) -> UUID | None: ...
    @property
    def period_from(self) -> date | None: ...
    @property
    def period_to(self) -> date | None: ...
    @property
    def net(self) -> int: ...
    @property
    def tax(self) -> int: ...


Line = TypeVar("Line", bound=Grouped)


@dataclass(slots=True)
class Leaf(Generic[Line]):
    """Lines of one product, subscription and period."""

    subscription_uuid: UUID | None
    period_from: date | None
    period_to: date | None
    lines: list[Line] = field(default_factory=list)

    @property
    def net(self) -> int:
        """The sum of the lines' net, in minor units."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """The sum of the lines' taxes, in minor units."""
        return sum(line.tax for line in self.lines)

    @property
    def gross(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax


@dataclass(slots=True)
class Group(Generic[Line]):
    """All lines of one product; ``name`` is empty where lines name none."""

    name: str
    leaves: list[Leaf[Line]] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """Every line of the product, in the order of its leaves."""
        return [line for leaf in self.leaves for line in leaf.lines]

    @property
    def net(self) -> int:
        """The sum of the lines' net, in minor units."""
        return sum(leaf.net for leaf in self.leaves)

    @property
    def tax(self) -> int:
        """The sum of the lines' taxes, in minor units."""
        return sum(leaf.tax for leaf in self.leaves)

    @property
    def gross(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax


def grouped(lines: Iterable[Line]) -> list[Group[Line]]:
    """Group lines; products, subscriptions and periods keep the order of their first line."""
    groups: dict[str, Group[Line]] = {}
    leaves: dict[tuple[object, ...], Leaf[Line]] = {}
    first_seen: dict[tuple[str, UUID | None], int] = {}
    for line in lines:
        group = groups.setdefault(line.product_name, Group(line.product_name))
        first_seen.setdefault((line.product_name, line.subscription_uuid), len(first_seen))
        key = (line.product_name, line.subscription_uuid, line.period_from, line.period_to)
        if key not in leaves:
            leaves[key] = Leaf(line.subscription_uuid, line.period_from, line.period_to)
            group.leaves.append(leaves[key])
        leaves[key].lines.append(line)
    for name, group in groups.items():
        group.leaves.sort(key=partial(_place, first_seen, name))
    return list(groups.values())


def _place(first_seen: dict[tuple[str, UUID | None], int], product: str, leaf: Leaf[Line]) -> int:
    return first_seen[product, leaf.subscription_uuid]
