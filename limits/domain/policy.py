"""What a credit line allows: pure."""

from dataclasses import dataclass

INHERIT, LIMIT, UNLIMITED, BLOCKED = "inherit", "limit", "unlimited", "blocked"
MODES = (INHERIT, LIMIT, UNLIMITED, BLOCKED)
NEAR_PERCENT = 80
"""From so much of a limit on, a company is near it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for a payer: nothing passes, or exposure up to ``limit`` (minor units; None: any)."""

    limit: int | None
    is_blocked: bool = False

    def allows(self, exposure: int) -> bool:
        """Whether a purchase passes that makes exposure this much (I25)."""
        return not self.is_blocked and (self.limit is None or exposure <= self.limit)

    @property
    def asks(self) -> bool:
        """Whether exposure matters at all."""
        return self.is_blocked or self.limit is not None


ANYTHING = Policy(None)


def policy_of(mode: str, amount: int | None, *, default: int | None) -> Policy:
    """What a line says; an inherited one says what the marketplace's ``default`` does. Minor units."""
    if mode == BLOCKED:
        return Policy(None, is_blocked=True)
    if mode == LIMIT:
        return Policy(amount)
    return Policy(default if mode == INHERIT else None)


def free_modes(default: int | None) -> list[str]:
    """The modes of lines that bound nothing where the marketplace's limit is ``default``, in minor units."""
    return [UNLIMITED, INHERIT] if default is None else [UNLIMITED]


def widens(before: Policy, after: Policy) -> bool:
    """Whether more may be bought under the second one: that needs a second person."""
    if after.is_blocked:
        return False
    if before.is_blocked:
        return True
    return before.limit is not None and (after.limit is None or after.limit > before.limit)


def is_near(policy: Policy, exposure: int) -> bool:
    """Whether exposure is at ``NEAR_PERCENT`` of the limit or more; one of 0 is near as soon as anything is owed."""
    limit = policy.limit
    return limit is not None and exposure > 0 and exposure * 100 >= limit * NEAR_PERCENT
