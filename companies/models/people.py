"""People: users, their memberships with roles, and what a marketplace grants or revokes beyond the table."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from companies.domain.addresses import canonical
from companies.domain.roles import Role
from core.search_keys import SearchKey, TrigramIndex


class UserQuerySet(models.QuerySet["User"]):
    """Named filters over people."""

    def known_in(self, marketplace_id: int) -> "UserQuerySet":
        """With ``known_as``: the name that this marketplace has for a person; empty where it has none.

        ``search_key`` is that name's, to be searched.
        """
        inside = Membership.objects.filter(user=OuterRef("pk"), company__marketplace_id=marketplace_id).order_by("pk")
        found = self.alias(search_key=Coalesce(Subquery(inside.values("search_key")[:1]), Value("", TextField())))
        return found.annotate(known_as=Coalesce(Subquery(inside.values("name")[:1]), Value("")))  # type: ignore[no-redef]


class UserManager(BaseUserManager["User"]):
    """Makes users; their e-mail address, in its one spelling, is their name."""

    def get_queryset(self) -> UserQuerySet:
        """With the filters above."""
        return UserQuerySet(self.model, using=self._db)

    def known_in(self, marketplace_id: int) -> UserQuerySet:
        """Everybody, ``known_as`` this marketplace knows them."""
        return self.get_queryset().known_in(marketplace_id)

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=canonical(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=canonical(username or ""))


class User(AbstractBaseUser):
    """A person. Rights come from memberships only; there is no superuser.

    ``proved_at`` is when the owner of the address followed a mail to it; until then no password signs in. What a
    person is called is each membership's: a marketplace learns nothing of another's people. ``language`` is their
    own choice for the pages.
    """

    email = models.EmailField(unique=True)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    proved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    known_as = ""
    """The name in the marketplace that looks, where ``known_in`` was asked for it."""

    def __str__(self) -> str:
        return self.known_as or self.email


COUNTS = Q(is_active=True, accepted_at__isnull=False, user__is_active=True)
"""Memberships that give rights."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Named filters over memberships."""

    def active(self) -> "MembershipQuerySet":
        """Those that count: accepted, not ended, the account open. All rights and mails come from these alone."""
        return self.filter(COUNTS)

    def with_counts(self) -> "MembershipQuerySet":
        """``counts`` says of each row whether it is ``active``."""
        return self.annotate(counts=ExpressionWrapper(COUNTS, models.BooleanField()))

    def invited(self) -> "MembershipQuerySet":
        """Those that wait for the person's yes; they give nothing."""
        return self.filter(is_active=True, accepted_at__isnull=True)

    def waiting_for(self, user_id: int) -> "MembershipQuerySet":
        """What this person can accept or decline, in any marketplace: invitations to companies that are active."""
        return self.invited().filter(user_id=user_id, company__is_active=True)


class Membership(models.Model):
    """A user's roles in one company; a person may be a manager here and a customer there.

    It counts once the person accepted it (``accepted_at``), until it ends (``is_active``). ``name`` and ``language``
    are what this marketplace calls the person and mails them in, ``signed_in_at`` when they last began to act here.

    ``admitted_at`` is since when the person has these rights: widening them begins anew, taking some away does not.
    ``admitted_by`` is who gave them (nobody: the operator of the machine, or what was there before this was kept), and
    ``is_confirmed`` says that a second person agreed. Who was not confirmed decides for others after 30 days only.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="memberships")
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, blank=True)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    admitted_at = models.DateTimeField()
    admitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    is_confirmed = models.BooleanField(default=False)
    invited_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    signed_in_at = models.DateTimeField(null=True, blank=True)
    search_key = SearchKey("name")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once"),
        ]
        indexes = [TrigramIndex(fields=["search_key"], name="membership_by_search")]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A marketplace's own answer for a role and a grantable permission, in place of the table's default."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    permission = models.CharField(max_length=60)
    granted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "role", "permission"], name="grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.permission}: {self.granted}"
