"""The words of subscriptions and products: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core import things
from core.labels import Badge, Place, Section, register
from core.things import Thing, column
from subscriptions.models import Discount, Product, Subscription

VERBS = {
    "subscription.started": _("Started a subscription"),
    "subscription.changed": _("Changed a subscription"),
    "subscription.cancelled": _("Cancelled a subscription"),
    "product.added": _("Added a product"),
    "product.changed": _("Added to a product"),
    "discount.added": _("Added a discount"),
    "request.subscribe_requested": _("Requested approval to start a subscription"),
    "request.change_subscription_requested": _("Requested approval to change a subscription"),
    "request.cancel_subscription_requested": _("Requested approval to cancel a subscription"),
    "request.discount_requested": _("Requested approval to grant a discount"),
}
FIELDS = {
    "plan": _("Plan"),
    "edition": _("Edition"),
    "quantity": _("Quantity"),
    "day": _("Day"),
    "started_on": _("Starts"),
    "anchor": _("Periods start"),
    "at_cycle": _("With the next period"),
    "product": _("Product"),
    "first": _("From"),
    "last": _("Until"),
    "rate": _("Rate"),
    "fixed": _("Amount off"),
    "partial_credit": _("Credit for unused days"),
}
BADGES = {
    "subscription": {
        "active": Badge("good", "check-lg", _("Active")),
        "cancelled": Badge("quiet", "slash-circle", _("Cancelled")),
        "inactive": Badge("quiet", "slash-circle", _("Discontinued")),
    },
}
PLACES = [
    Place(Section.BILLING, 40, _("Subscriptions"), "subscriptions:list", "arrow-repeat", "subscriptions.view"),
    Place(Section.SETTINGS, 130, _("Products"), "subscriptions:products", "tag", "settings.view"),
]


def _things() -> Iterator[Thing]:
    yield Thing(
        "subscription", _("Subscription"), name=column(Subscription.objects.all(), "product__name"),
        page="subscriptions:detail", permission="subscriptions.view",
    )  # fmt: skip
    yield Thing(
        "product", _("Product"), name=column(Product.objects.all(), "name"), page="subscriptions:product",
        permission="settings.view",
    )  # fmt: skip
    yield Thing(
        "discount", _("Discount"), name=column(Discount.objects.all(), "name"), page="subscriptions:discounts", by="",
        permission="settings.view",
    )  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES,
        amounts={"fixed"}, silent={"merchant", "billed_user"},
    )  # fmt: skip
