"""The columns of lists about subscriptions and what is sold."""

from typing import Any

from babel import Locale
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from core.formats import amount_text, percent_text
from web.tables import Column, DayColumn, KeyColumn, LinkColumn, NumberColumn, StatusColumn, Table, Writer


class SubscriptionTable(Table):
    """Subscriptions; ``plan`` and ``quantity`` are those agreed last."""

    product = KeyColumn(_("Product"), url_name="subscriptions:detail", accessor="product__name")
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company__name")
    company_name = Column(_("Company"), accessor="company__name")
    plan = Column(_("Plan"), accessor="last_plan", wide_only=True)
    quantity = Column(_("Quantity"), accessor="last_quantity", wide_only=True)
    started = DayColumn(_("Started"), accessor="started_on", order_by="started_on")
    due = DayColumn(_("Next due"), accessor="due_on", wide_only=True)
    status = StatusColumn(_("Status"), accessor="state", kind="subscription")

    @classmethod
    def columns_for(cls, member: Member) -> list[Column]:
        """Links where they lead on."""
        hidden = "company_name" if member.may("companies.view") else "company"
        return [column for column in super().columns_for(member) if column.name != hidden]


class ProductTable(Table):
    """What is sold."""

    name = KeyColumn(_("Name"), url_name="subscriptions:product", order_by="name")
    vendor = LinkColumn(_("Vendor"), url_name="companies:detail", text="vendor__name", wide_only=True)
    tax_class = Column(_("Tax class"), wide_only=True)
    plans = NumberColumn(_("Plans"), accessor="plan_count")
    subscriptions = NumberColumn(_("Subscriptions"), accessor="subscription_count")
    status = StatusColumn(_("Status"), accessor="state", kind="subscription")


class SizeColumn(Column):
    """A percentage or an amount a period."""

    css = "num"

    def writer(self, _locale: Locale) -> Writer:
        """In words."""
        return lambda record: f"{self.opening}{size_text(record)}</td>"

    def exported(self, record: Any) -> object:
        """The same."""
        return size_text(record)


def size_text(record: Any) -> str:
    """How much a discount takes off."""
    if record.rate is not None:
        return percent_text(record.rate)
    return amount_text(record.fixed or 0, record.marketplace.currency)


class DiscountTable(Table):
    """Discounts."""

    name = Column(_("Name"), order_by="name")
    size = SizeColumn(_("Off"), accessor="rate")
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company__name")
    scope = Column(_("For"), accessor="scope")
    first = DayColumn(_("From"), wide_only=True)
    last = DayColumn(_("To"), wide_only=True)
