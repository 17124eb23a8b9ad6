"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        from subscriptions import approvals, labels
        from subscriptions.queries import ties

        labels.register_all()
        approvals.register_all()
        ties.register_all()
