"""The people of a marketplace: everybody with roles in one of its companies."""

from typing import Any

from babel import Locale
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.domain.roles import Role
from companies.models import Company, Membership
from core.labels import badge_text
from core.search_keys import key_holds, words_held
from web.badges import badge_html
from web.filters import ListFilters, LookupFilter, OneOfFilter, SearchFilter, SwitchFilter
from web.lists import ListPage
from web.tables import Column, KeyColumn, LinkColumn, MomentColumn, Table, Writer


def roles_text(membership: Membership) -> str:
    """A member's roles in words, in the table's order."""
    return ", ".join(str(role.label) for role in Role if role in membership.roles)


def state_of(membership: Membership) -> str:
    """Whether the membership runs, ended, or waits for the person's yes."""
    if membership.is_active and membership.accepted_at is None:
        return "invited"
    return "active" if membership.is_active and membership.user.is_active else "ended"


class RolesColumn(Column):
    """Roles in words."""

    def writer(self, _locale: Locale) -> Writer:
        """The words."""
        opening = self.opening
        return lambda record: f"{opening}{escape(roles_text(record))}</td>"

    def exported(self, record: Any) -> object:
        """The words."""
        return roles_text(record)


class MemberStateColumn(Column):
    """Active, invited or ended."""

    css = "status"

    def writer(self, _locale: Locale) -> Writer:
        """A badge."""
        opening = self.opening
        return lambda record: f"{opening}{badge_html('member', state_of(record))}</td>"

    def exported(self, record: Any) -> object:
        """The word."""
        return badge_text("member", state_of(record))


class PeopleTable(Table):
    """A row for each membership."""

    name = KeyColumn(_("Name"), url_name="companies:person", order_by="name")
    email = Column(_("E-mail address"), accessor="user__email", order_by="user__email", wide_only=True)
    company = LinkColumn(_("Company"), url_name="companies:detail", order_by="company__name")
    roles = RolesColumn(_("Roles"))
    last_login = MomentColumn(_("Last signed in"), accessor="signed_in_at", wide_only=True, extra=True)
    state = MemberStateColumn(_("Status"), accessor="is_active")


class RoleFilter(OneOfFilter):
    """One role; the list of roles is searched as text, which both databases can."""

    def __init__(self) -> None:
        super().__init__("roles", _("Role"), Role.choices)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Memberships with the role."""
        if not value:
            return qs
        found: QuerySet[Any] = qs.alias(roles_text=Cast("roles", TextField()))
        return found.filter(roles_text__contains=f'"{value}"')


class PeopleFilters(ListFilters):
    """Search by name or address; narrow by role and company."""

    q = SearchFilter(placeholder=_("Name or e-mail address"))
    role = RoleFilter()
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    ended = SwitchFilter(_("Include ended"), otherwise={"is_active": True})

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the address where one is typed, else by name."""
        return queryset.filter(key_holds(text, key="user__email") if "@" in text else words_held(text, "search_key"))


class PeopleList(ListPage):
    """Everybody with roles in a company of the marketplace."""

    permission = "people.view"
    export_permission = "people.view"
    title = _("People")
    counted = ngettext_lazy("%(shown)s member", "%(shown)s members", "n")
    none_match = _("No people match")
    none_yet = _("No people yet")
    table_class = PeopleTable
    filters_class = PeopleFilters
    default_sort = "name"
    create_url_name = "companies:invite"
    create_label = _("Add a person")
    create_permission = "people.change"

    def queryset(self) -> QuerySet[Membership]:
        """Every membership of the marketplace."""
        return Membership.objects.filter(company__marketplace_id=self.member.marketplace.pk)

    def rows(self, found: QuerySet[Membership]) -> QuerySet[Membership]:
        """With person and company."""
        return found.select_related("user", "company")
