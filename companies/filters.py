"""The filters of lists about companies and people."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.labels import BADGES
from core.search_keys import words_held
from web.filters import AddressFilter, AnyOfFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter


class CompanyFilters(ListFilters):
    """Search by name, address, tax number or external key; narrow by kind and relation."""

    q = SearchFilter(placeholder=_("Name, address, tax number or key"))
    kind = AnyOfFilter("kind", _("Kind"), [(kind, BADGES["company"][kind].label) for kind in Company.Kind.values])
    reseller = LookupFilter(
        "reseller",
        _("Reseller"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member).filter(kind=Company.Kind.RESELLER),
    )
    email = AddressFilter("billing_email", _("Billing e-mail"))
    inactive = SwitchFilter(_("Include inactive"), otherwise={"is_active": True})

    def resolve_search(self, queryset: QuerySet[Company], text: str) -> QuerySet[Company]:
        """Companies that hold each word in name, address, tax number, external key or billing e-mail."""
        return queryset.filter(words_held(text, "search_key", "details_key"))
