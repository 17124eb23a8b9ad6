"""The member: a person as they act right now, in one company of one marketplace."""

from collections.abc import Callable
from functools import cached_property
from typing import cast

from django.utils.functional import SimpleLazyObject

from companies.domain.roles import STAFF, Role, allowed
from companies.models import Company, Grant, Marketplace, Membership, User
from core.actors import Actor

ObjectRule = Callable[["Member", object], bool]
_RULES: dict[str, ObjectRule] = {}


def object_rule(permission: str, rule: ObjectRule) -> None:
    """Add what else must hold of an object, beside the table; an app calls it from ``AppConfig.ready``."""
    _RULES[permission] = rule


class Member:
    """A membership with its marketplace and grants, asked by every page: ``request.member.may(...)``."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.user: User = membership.user
        self.name: str = membership.name
        self.company: Company = membership.company
        self.marketplace: Marketplace = membership.company.marketplace
        self.roles: frozenset[str] = frozenset(membership.roles)
        self._answers: dict[str, bool] = {}

    def __str__(self) -> str:
        return f"{self.name} ({self.company})"

    @cached_property
    def grants(self) -> dict[tuple[str, str], bool]:
        """The marketplace's own answers, read once per request."""
        rows = Grant.objects.filter(marketplace=self.marketplace).values_list("role", "permission", "granted")
        return {(role, permission): granted for role, permission, granted in rows}

    @property
    def is_staff_side(self) -> bool:
        """Whether this person works for the marketplace and so sees all of it."""
        return self.company.kind == Company.Kind.OPERATOR and not self.roles.isdisjoint(STAFF)

    @property
    def is_developer(self) -> bool:
        """Whether only the lines of the own products are visible."""
        return not self.is_staff_side and Role.DEVELOPER in self.roles

    @property
    def is_plain_user(self) -> bool:
        """Whether only documents made out to this very person are visible."""
        return self.roles <= {Role.USER}

    @property
    def role_labels(self) -> list[str]:
        """The roles in words."""
        return [str(Role(role).label) for role in sorted(self.roles)]

    @property
    def actor(self) -> Actor:
        """Who an operation is told to write into the audit log."""
        return Actor(
            marketplace_id=self.marketplace.pk,
            label=self.name,
            user_id=self.user.pk,
            company_id=self.company.pk,
        )

    def may(self, permission: str, obj: object | None = None) -> bool:
        """Whether the table allows it and, given an object, whether the object's own rule does too."""
        if permission not in self._answers:
            grants = cast("dict[tuple[str, str], bool]", SimpleLazyObject(lambda: self.grants))
            self._answers[permission] = any(allowed(role, permission, grants) for role in self.roles)
        if not self._answers[permission] or obj is None:
            return self._answers[permission]
        rule = _RULES.get(permission)
        return rule is None or rule(self, obj)
