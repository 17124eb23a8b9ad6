"""The payments app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from creditmemos.operations.guards import counts_towards_limit
        from payments import handlers, labels, verification
        from payments.approvals import items, refunds
        from payments.approvals import payments as of_payments
        from payments.operations.refunding import sent_alone

        counts_towards_limit(sent_alone)
        labels.register_all()
        handlers.register_all()
        of_payments.register_all()
        refunds.register_all()
        items.register_all()
        verification.register_all()
        self._register_guards()

    def _register_guards(self) -> None:
        self._register_frozen()
        self._register_moved()

    def _register_frozen(self) -> None:
        from core import guarding
        from payments.models import GatewayAccount, Payment, PaymentMethod, ProviderEvent, Refund

        moving = {"status", "allocated", "returned", "given_back", "kept", "give_back_pending", "on_account"}
        moving |= {"overdrawn"}
        told = {"keep_on_account", "note", "failure_code", "failure_text", "search_key"}
        told |= {"provider_ref", "failure_class", "first_sent_at", "look_at", "attention"}
        settling = {"amount", "settled_at", "failed_at", "posting_date", "value_date"}
        guarding.register_changed("payment_frozen", Payment, but=moving | told | settling)
        guarding.register_changed("payment_settled_frozen", Payment, but=moving | told)
        marks = {"attention", "look_at"}
        why = {"failure_text", "failure_code", "pending_reason"}
        ends = {"status", "settled_at", "failed_at", "posting_date", "value_date"}
        back = {"status", "returned_at", "returned_on"}
        guarding.register_changed("refund_frozen", Refund, but=ends | marks | why | {"provider_ref", "first_sent_at"})
        guarding.register_changed("refund_marked_frozen", Refund, but=marks | {"provider_ref"})
        guarding.register_changed("refund_ended_frozen", Refund, but=back | marks | why)
        listed = {"listed_through", "listed_at"}
        guarding.register_changed("gateway_account_frozen", GatewayAccount, but=listed | {"is_active"})
        known = {"label", "expires", "fingerprint", "is_default", "state"}
        guarding.register_changed("payment_method_frozen", PaymentMethod, but=known)
        guarding.register_changed("provider_event_frozen", ProviderEvent, but={"outcome"})

    def _register_moved(self) -> None:
        from core import guarding
        from invoices.domain.balance import due_sql
        from invoices.domain.balance import status_sql as invoice_status
        from payments.domain.states import SUCCESSFUL, moved_sql, status_sql

        guarding.register("payment_left_used", moved_sql("d.amount", row="p."))
        for name, less in {
            "used_one": "NEW.amount", "gone": "gone", "back": "-NEW.amount",
            "ended": f"CASE NEW.status WHEN '{SUCCESSFUL}' THEN NEW.amount ELSE 0 END",
        }.items():  # fmt: skip
            guarding.register(f"payment_left_{name}", moved_sql(less))

        for name, row, moved in (("", "i.", "d.amount"), ("_one", "", "NEW.amount")):
            guarding.register(f"invoice_due_when_paid{name}", due_sql(row=row, plus_paid=moved))
            guarding.register(f"invoice_status_when_paid{name}", invoice_status(row=row, plus_paid=moved))
        guarding.register("invoice_status_when_intended", invoice_status(row="i.", plus_pending="d.amount"))
        guarding.register("invoice_status_when_intended_one", invoice_status(plus_pending="NEW.amount"))
        guarding.register("invoice_status_when_ended", invoice_status(row="i.", plus_pending="-d.amount"))
        ended = (
            "(SELECT n.amount FROM payments_intended n"
            " WHERE n.payment_id = NEW.id AND n.invoice_id = invoices_invoice.id)"
        )
        guarding.register("intended_of_ended", ended)
        guarding.register("invoice_status_when_ended_one", invoice_status(plus_pending=f"-{ended}"))
        guarding.register("payment_status_when_returned", status_sql(plus_returned=" + NEW.amount"))
