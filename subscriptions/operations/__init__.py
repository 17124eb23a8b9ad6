"""The verbs of subscriptions, and of what is sold."""

from subscriptions.operations.cancelling import cancel
from subscriptions.operations.catalogue import add_discount, add_edition, add_plan, add_product
from subscriptions.operations.changing import change
from subscriptions.operations.subscribing import subscribe

__all__ = ["add_discount", "add_edition", "add_plan", "add_product", "cancel", "change", "subscribe"]
