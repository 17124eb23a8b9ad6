"""People: users, their memberships with roles, and what a marketplace grants or revokes beyond the table."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from companies.roles import Role


class UserManager(BaseUserManager["User"]):
    """Makes users; their e-mail address, in lower case, is their name."""

    def create_user(self, email: str, name: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person. Rights come from memberships only; there is no superuser."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's roles in one company; a person may be a manager here and a customer there.

    ``admitted_at`` is since when the person has these rights: widening them begins anew, taking some away does not.
    ``admitted_by`` is who gave them (nobody: the operator of the machine, or what was there before this was kept), and
    ``is_confirmed`` says that a second person agreed. Who was not confirmed decides for others after 30 days only.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="memberships")
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    admitted_at = models.DateTimeField()
    admitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.company_id}"


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
