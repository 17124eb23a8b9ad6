"""Which changes of rights and settings widen what somebody may do, and so need a second person (I19).

Narrowing is at once: who sees a wrong right must be able to take it away alone.
"""

from collections.abc import Collection, Mapping

from companies.domain.roles import PERMISSIONS, Cell, Role

OPERATOR = "operator"
RAISED = ("small_difference", "effective_days_back")
"""Settings that allow more the higher they are."""
LIMITS = ("approval_threshold", "credit_limit")
"""Settings that allow more the higher they are, and anything while they are empty."""
LOWERED = ("credit_window_days",)
"""Settings that allow more the lower they are."""
_STRENGTH = {Cell.NO: 0, Cell.ASK: 1, Cell.KEEP: 2, Cell.YES: 3}


def widens_roles(kind: str, before: Collection[str], after: Collection[str]) -> bool:
    """Whether new roles in a company of this kind give a person of the marketplace's own staff anything more.

    A manager who becomes Support loses only; one who becomes Finance gains the closing of periods.
    """
    return kind == OPERATOR and any(
        _strongest(cells, after) > _strongest(cells, before) for cells in PERMISSIONS.values()
    )


def _strongest(cells: Mapping[Role, Cell], roles: Collection[str]) -> int:
    return max((_STRENGTH[cells[Role(role)]] for role in roles), default=0)


def widens_grant(before: bool, after: bool) -> bool:
    """Whether an answer to a cell of the permission table lets a role do more."""
    return after and not before


def widens_limit(before: int | None, after: int | None) -> bool:
    """Whether one person may do more alone under the new approval limit; None is no limit at all."""
    return before is not None and (after is None or after > before)


def widening_settings(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The names of the changed settings that weaken what asks for a second person."""
    found = [name for name in LIMITS if name in after and widens_limit(_limit(before, name), _limit(after, name))]
    found += [name for name in LOWERED if _is_raised(after.get(name), before.get(name))]
    found += [name for name in RAISED if _is_raised(before.get(name), after.get(name))]
    if after.get("allow_alone") and not before.get("allow_alone"):
        found.append("allow_alone")
    return found


def _limit(values: Mapping[str, object], name: str) -> int | None:
    limit = values[name]
    return limit if isinstance(limit, int) else None


def _is_raised(before: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after > before
