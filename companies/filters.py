"""The filters of lists about companies and people."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.labels import BADGES
from web.filters import AnyOfFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter, TextFilter


class CompanyFilters(ListFilters):
    """Search by name or external key; narrow by kind and relation."""

    q = SearchFilter(placeholder=_("Name or external key"))
    kind = AnyOfFilter("kind", _("Kind"), [(kind, BADGES["company"][kind].label) for kind in Company.Kind.values])
    reseller = LookupFilter(
        "reseller",
        _("Reseller"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member).filter(kind=Company.Kind.RESELLER),
    )
    email = TextFilter("billing_email", _("Billing e-mail"))
    inactive = SwitchFilter(_("Include inactive"), otherwise={"is_active": True})

    def resolve_search(self, queryset: QuerySet[Company], text: str) -> QuerySet[Company]:
        """Companies whose name holds the text, or whose external key it is."""
        return queryset.filter(Q(name__icontains=text) | Q(external_key=text))
