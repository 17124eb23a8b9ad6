"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import handlers, labels, tasks
        from billing.approvals import events, voids
        from billing.domain.refusals import RunInProgress
        from billing.models import BillingEvent, BillingRun, Charge, Credit
        from billing.operations.following import follow_lines
        from billing.operations.full_credit import after_full_credit
        from billing.operations.limiting import recorded_alone, voided_alone
        from core import guarding, metrics
        from core.errors import means
        from core.labels import say
        from creditmemos.operations.afterwards import follows_issue
        from creditmemos.operations.dividing import follows_division
        from creditmemos.operations.guards import counts_towards_limit

        moving = {"status", "reason", "run_id", "counted_id", "approved_by_id", "retried_by_id", "note"}
        moving |= {"committed", "committed_until"}
        guarding.register_changed("event_frozen", BillingEvent, but=moving)
        guarding.register_changed("charge_frozen", Charge, but={"undone", "state"})
        guarding.register_changed("credit_frozen", Credit, but={"returned", "memo_line_id"})
        means("run_one_at_a_time", RunInProgress)
        for room in (labels, handlers, tasks):
            room.register_all()
        metrics.register_gauge("offset_runs_going_on", "Billing runs, previews too.", BillingRun.objects.open().count)
        kinds = dict(BillingEvent.Kind.choices)
        say("event_kind", lambda code: str(kinds.get(code, code)))
        for part in (voids, events):
            part.register_all()
        for counted in (recorded_alone, voided_alone):
            counts_towards_limit(counted)
        follows_issue(after_full_credit)
        follows_division(follow_lines)
