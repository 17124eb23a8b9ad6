"""Recording an event, and sending a file of them."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.event_values import DECIMALS, OUTSIDE, PRICE_PLACES, Facts
from billing.models import BillingEvent
from companies.models import Company
from core.csvnumbers import COMMA, POINT
from subscriptions.models import Product, Subscription
from subscriptions.queries.finding import as_uuid
from web.fields import ExactField, LookupField, SignedAmountField, SignedField
from web.forms import PageForm
from web.importing import FileForm
from web.widgets import DayInput

KINDS = [(kind, label) for kind, label in BillingEvent.Kind.choices if kind in OUTSIDE]


class EventForm(PageForm):
    """What happened; which fields a kind takes, the verb says beside them."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=KINDS,
        help_text=gettext_lazy(
            "Usage: a subscription and a quantity. Order: a company, a product, a quantity and a unit "
"price. Correction: an amount or a quantity, and what it corrects or a product. Refund: what "
"it refunds, and an amount if it is partial."
        ),
    )  # fmt: skip
    company = LookupField(
        url_name="companies:lookup", label=gettext_lazy("Company"), what=gettext_lazy("company"), required=False,
        help_text=gettext_lazy("Not needed if you enter a subscription."),
    )  # fmt: skip
    subscription = forms.CharField(
        label=gettext_lazy("Subscription"), required=False, max_length=36,
        help_text=gettext_lazy("Its UUID, for usage."),
    )  # fmt: skip
    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput(), input_formats=["%Y-%m-%d"])
    quantity = SignedField(
        label=gettext_lazy("Quantity"), required=False, places=DECIMALS,
        help_text=gettext_lazy("Negative to take back usage or units."),
    )  # fmt: skip
    price = ExactField(label=gettext_lazy("Unit price"), required=False, places=PRICE_PLACES)
    amount = SignedAmountField(
        label=gettext_lazy("Amount"), required=False,
        help_text=gettext_lazy("Net. Correction: negative to give credit. Refund: positive."),
    )  # fmt: skip
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    source_key = forms.CharField(
        label=gettext_lazy("Corrects or refunds"), required=False, max_length=160,
        help_text=gettext_lazy("The key of the event that made the charge."),
    )  # fmt: skip
    description = forms.CharField(label=gettext_lazy("Text on the document"), required=False, max_length=200)
    key = forms.CharField(
        label=gettext_lazy("Key"), required=False, max_length=120,
        help_text=gettext_lazy(
            "Identifies the event permanently: sending the same key again has no effect. Empty: a new key is made."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, member: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.limit("company", Company.objects.visible_to(member))
        currency = member.marketplace.currency
        self.fields["amount"].currency = self.fields["price"].currency = currency  # type: ignore[attr-defined]
        rows = Product.objects.filter(marketplace=member.marketplace).order_by("name")
        self.products = {str(row.pk): row for row in rows[:500]}
        choices = [("", "---"), *((pk, str(row)) for pk, row in self.products.items())]
        self.offer("product", choices)

    def clean_product(self) -> Product | None:
        """The product itself."""
        return self.products.get(self.cleaned_data["product"])

    def clean_subscription(self) -> Subscription | None:
        """The subscription itself."""
        text = self.cleaned_data["subscription"]
        if not text:
            return None
        uuid = as_uuid(text)
        rows = Subscription.objects.visible_to(self.member).select_related("company", "product")
        found = rows.filter(uuid=uuid).first() if uuid else None
        if found is None:
            raise ValidationError(_("No subscription has this UUID."))
        return found

    def facts(self, key: str) -> Facts:
        """What was told; ``key`` where none was given."""
        data = self.cleaned_data
        return Facts(
            kind=data["kind"], key=data["key"] or key, company=data["company"], day=data["day"],
            subscription=data["subscription"], billed_user=None, quantity=data["quantity"], amount=data["amount"],
            price=data["price"], product=data["product"],
            description=data["description"], source_key=data["source_key"],
        )  # fmt: skip


class EditEventForm(EventForm):
    """What an event should have said, filled in with what it says."""

    def __init__(self, *args: Any, event: BillingEvent, next_key: str, **kwargs: Any) -> None:
        same = ("kind", "day", "quantity", "price", "amount", "source_key", "description")
        said = {name: getattr(event, name) for name in same}
        said |= {
            "company": event.company_id, "product": event.product_id, "key": next_key,
            "subscription": event.subscription and str(event.subscription.uuid),
        }  # fmt: skip
        super().__init__(*args, initial=said, **kwargs)
        self.event = event
        self.fields["key"].required = True
        self.fields["key"].help_text = gettext_lazy(
            "The old event keeps its key. References to that key now mean the new event."
        )

    def facts(self, key: str) -> Facts:
        """What was told; the person and the moment stay, as no field says them, while company and day do."""
        told, old = super().facts(key), self.event
        same_company = told.company is None or told.company.pk == old.company_id
        return replace(
            told,
            billed_user=old.billed_user if same_company else None,
            at=old.at if told.day == old.day else None,
        )


class EventFileForm(FileForm):
    """A file of events, and how its numbers are written."""

    decimal = forms.ChoiceField(
        label=gettext_lazy("Decimal sign"), widget=forms.RadioSelect, initial=POINT,
        choices=[(POINT, gettext_lazy("Point: 1234.50")), (COMMA, gettext_lazy("Comma: 1234,50"))],
        help_text=gettext_lazy("How amounts, prices and quantities are written; the dry run shows how they are read."),
    )  # fmt: skip
    field_order = ("file", "decimal", "is_trial")
