"""Subscribing, changing and cancelling."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.domain.addresses import canonical
from companies.models import Company
from companies.queries.people import members_to_choose
from subscriptions.models import Plan
from subscriptions.operations.changing import LONGEST_NOTE
from subscriptions.operations.subscribing import SUBSCRIBING
from web.fields import ExactField, LookupField
from web.forms import PageForm
from web.widgets import DayInput

QUANTITY_PLACES = 6
MOST_PLANS, MOST_PEOPLE = 500, 200
NOW, CYCLE = "now", "cycle"


def plan_choices(plans: Iterable[Plan]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Plans under their product's name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for plan in plans:
        groups.setdefault(str(plan.edition.product), []).append((str(plan.pk), f"{plan.edition}, {plan}"))
    return list(groups.items())


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A calendar day."""
    return forms.DateField(label=label, widget=DayInput(), input_formats=["%Y-%m-%d"], **options)


class SubscribeForm(PageForm):
    """Who subscribes to what, how many of it, and since when."""

    company = LookupField(url_name="companies:lookup", label=gettext_lazy("Company"), what=gettext_lazy("company"))
    plan = forms.ChoiceField(label=gettext_lazy("Plan"))
    quantity = ExactField(places=QUANTITY_PLACES, label=gettext_lazy("Quantity"), initial="1")
    started_on = day_field(gettext_lazy("Starts on"))
    anchor = day_field(
        gettext_lazy("Periods start on"), required=False,
        help_text=gettext_lazy("Empty: the day it starts. Choose the first of a month for calendar months."),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("Billed user's e-mail"), required=False,
        help_text=gettext_lazy("Required unless the company is billed company-wide."),
    )  # fmt: skip

    def __init__(self, *args: Any, member: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        companies = Company.objects.visible_to(member)
        self.limit("company", companies.filter(is_active=True, kind__in=SUBSCRIBING))
        sold = Plan.objects.filter(
            edition__product__marketplace=member.marketplace, is_active=True, edition__product__is_active=True
        ).select_related("edition__product")
        self.plans = {str(plan.pk): plan for plan in sold.order_by("edition__product__name", "pk")[:MOST_PLANS]}
        self.offer("plan", [("", "---"), *plan_choices(self.plans.values())])

    def clean_plan(self) -> Plan:
        """The plan itself."""
        return self.plans[self.cleaned_data["plan"]]

    def clean(self) -> dict[str, Any]:
        """The person by e-mail address, among the company's members."""
        data, company, email = self.cleaned_data, self.cleaned_data.get("company"), self.cleaned_data.get("email")
        data["billed_user"] = None
        if company and email:
            data["billed_user"] = members_to_choose(company).filter(email=canonical(email)).first()
            if data["billed_user"] is None:
                self.add_error("email", _("This person is not a member of the company."))
        return data


class ChangeForm(PageForm):
    """Another plan or quantity, from a day on or with the next period."""

    plan = forms.ChoiceField(label=gettext_lazy("Plan"))
    quantity = ExactField(places=QUANTITY_PLACES, label=gettext_lazy("Quantity"))
    when = forms.ChoiceField(
        label=gettext_lazy("Effective"), widget=forms.RadioSelect, initial=NOW,
        choices=[(NOW, gettext_lazy("From the day below")), (CYCLE, gettext_lazy("From the next period"))],
    )  # fmt: skip
    day = day_field(gettext_lazy("Day"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea)

    def __init__(self, *args: Any, plans: Iterable[Plan], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = {str(plan.pk): plan for plan in plans}
        self.offer("plan", ((pk, f"{plan.edition}, {plan}") for pk, plan in self.plans.items()))
        self.fields["day"].initial = today

    def clean_plan(self) -> Plan:
        """The plan itself."""
        return self.plans[self.cleaned_data["plan"]]


class CancelForm(PageForm):
    """When it ends, and whether days that were paid are given back."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"), widget=forms.RadioSelect, initial=NOW,
        choices=[(NOW, gettext_lazy("On the day below")), (CYCLE, gettext_lazy("At the end of the current period"))],
    )  # fmt: skip
    day = day_field(gettext_lazy("Last day"), required=False)
    partial_credit = forms.BooleanField(
        label=gettext_lazy("Give credit for unused days"), required=False,
        help_text=gettext_lazy("Otherwise a period that has begun is charged in full."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=LONGEST_NOTE, widget=forms.Textarea)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = today
