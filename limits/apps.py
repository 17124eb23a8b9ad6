"""The limits app."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "limits"

    def ready(self) -> None:
        from billing.operations import asking_credit as of_billing
        from core import guarding
        from core.errors import means
        from limits import approvals, labels, mails, verification
        from limits.domain import refusals
        from limits.models import Allowance, Reservation
        from limits.operations.purchases import order_allowed, subscription_allowed
        from limits.operations.renewing import renewals_waiting
        from limits.operations.reserving import used_as_events
        from subscriptions.operations import asking_credit as of_subscriptions

        labels.register_all()
        approvals.register_all()
        mails.register_all()
        verification.register_all()
        of_subscriptions.asks_credit(subscription_allowed)
        of_billing.asks_credit(order=order_allowed, renewals=renewals_waiting, used=used_as_events)
        means("i25_reservation_once", refusals.KeyUsedOtherwise)
        means("checkout_token_name_once", refusals.TokenNameTaken)
        guarding.register_changed("reservation_frozen", Reservation, but={"state", "ended_at"})
        guarding.register_changed("allowance_frozen", Allowance, but={"used_key", "used_at"})
