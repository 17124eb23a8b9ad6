"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing.models import BillingEvent, Charge
        from core import guarding

        guarding.register_changed("event_frozen", BillingEvent, but={"status", "reason", "run_id"})
        guarding.register_changed("charge_frozen", Charge, but={"undone"})
