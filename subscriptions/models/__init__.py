"""Products with their editions and plans, discounts, subscriptions, and each subscription's history of terms."""

from subscriptions.models.catalogue import Discount, Edition, Plan, Product
from subscriptions.models.subscription import Subscription, SubscriptionQuerySet, SubscriptionTerms

__all__ = ["Discount", "Edition", "Plan", "Product", "Subscription", "SubscriptionQuerySet", "SubscriptionTerms"]
