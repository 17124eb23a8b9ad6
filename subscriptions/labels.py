"""The words of subscriptions and products: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, Place, Section, register

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


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES,
        amounts={"fixed"}, silent={"merchant", "billed_user"},
    )  # fmt: skip
