"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        import billing.consumers
        import billing.tasks  # noqa: F401 - registers what workers do about events
        from billing import approvals, labels, void_requests
        from billing.models import BillingEvent, Charge, Credit
        from billing.operations.crediting import after_full_credit
        from billing.operations.limiting import recorded_alone, voided_alone
        from billing.refusals import RunInProgress
        from core import guarding
        from core.errors import means
        from core.labels import say
        from creditmemos.operations.afterwards import follows_issue
        from creditmemos.operations.guards import counts_towards_limit

        moving = {"status", "reason", "run_id", "counted_id", "approved_by_id", "retried_by_id"}
        guarding.register_changed("event_frozen", BillingEvent, but=moving)
        guarding.register_changed("charge_frozen", Charge, but={"undone", "state"})
        guarding.register_changed("credit_frozen", Credit, but={"returned"})
        means("run_one_at_a_time", RunInProgress)
        labels.register_all()
        kinds = dict(BillingEvent.Kind.choices)
        say("event_kind", lambda code: str(kinds.get(code, code)))
        void_requests.register_all()
        approvals.register_all()
        counts_towards_limit(recorded_alone)
        counts_towards_limit(voided_alone)
        follows_issue(after_full_credit)
