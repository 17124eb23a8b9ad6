"""The filters of the delivery log."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.domain.addresses import canonical
from companies.models import Company
from notifications.domain.kinds import labels
from notifications.models import Delivery
from web.filters import AddressFilter, AnyOfFilter, ListFilters, LookupFilter, MomentFilter, SearchFilter, SwitchFilter


class KindFilter(AnyOfFilter):
    """The kinds of mail, as they are registered."""

    def prepare(self, field: forms.MultipleChoiceField, request: HttpRequest) -> None:  # noqa: ARG002
        """Offer them by what they are called."""
        self.pairs = sorted(labels().items())
        field.choices = self.pairs


class DeliveryFilters(ListFilters):
    """Mails by what became of them, kind, company, address and day; the search box takes a number or an address."""

    q = SearchFilter(placeholder=_("Number or address"))
    state = AnyOfFilter("state", _("Status"), Delivery.State.choices)
    kind = KindFilter("kind", _("Mail"), [])
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    recipient = AddressFilter("recipient", _("Address"))
    date_from = MomentFilter("created_at", _("From"), edge="from")
    date_to = MomentFilter("created_at", _("To"), edge="to")
    tests = SwitchFilter(_("Include tests"), otherwise={"is_test": False})

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """An address where there is an @ in it, else the beginning of a document's number."""
        text = text.strip()
        return (
            queryset.filter(recipient__contains=canonical(text))
            if "@" in text
            else queryset.filter(number__istartswith=text)
        )
