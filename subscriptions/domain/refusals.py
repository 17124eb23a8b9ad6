"""What the verbs of subscriptions say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class Cancelled(Refusal):
    """A subscription ends once."""

    code = "subscription_cancelled"
    text = _("This subscription is already cancelled.")


class NothingChanges(Refusal):
    """New terms that are the present ones."""

    code = "nothing_changes"
    text = _("Nothing to change: the subscription already has this plan and quantity.")


class OtherProduct(Refusal):
    """A change stays with the product."""

    code = "other_product"
    text = _("Choose a plan of the same product.")


class PlanNotSold(Refusal):
    """Only what is sold can be subscribed to."""

    code = "plan_not_sold"
    text = _("%(plan)s is no longer sold.")


class CompanyCannotSubscribe(Refusal):
    """Only active customers and resellers subscribe."""

    code = "company_cannot_subscribe"
    text = _("%(company)s can't subscribe: it is not an active customer or reseller.")


class BeforeStart(Refusal):
    """Nothing happens to a subscription before it begins, or before its last change."""

    code = "before_start"
    text = _("Choose a day from %(day)s on: the subscription or its last change starts then.")


class PriceUnclear(Refusal):
    """Tiers that could not price every quantity."""

    code = "price_unclear"
    text = _("Each tier must end above the one before it, only the last has no end, and prices can't be negative.")


class NameTaken(Refusal):
    """Names tell things apart."""

    code = "name_taken"
    text = _("This name is already in use.")
