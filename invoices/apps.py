"""The invoices app."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from documents.handlers import register
        from invoices import labels, mails
        from invoices.kinds import INVOICE
        from invoices.queries import ties

        register(INVOICE)
        mails.register_all()
        labels.register_all()
        ties.register_all()
        self._register_guards()

    def _register_guards(self) -> None:
        from core import guarding
        from invoices.domain.balance import due_sql, status_sql
        from invoices.models import Invoice, InvoiceLine, InvoiceLineTax

        moving = {"status", "carried_taken", "carried_to_id", "credited", "paid", "payment_pending", "amount_due"}
        guarding.register_changed("invoice_frozen", Invoice, but=moving | {"voided_at", "voided_by_id", "void_reason"})
        guarding.register_changed("invoice_line_frozen", InvoiceLine, but={"credited_net", "paid_net"})
        guarding.register_changed("invoice_tax_frozen", InvoiceLineTax, but={"credited", "paid"})

        for name, row, moved in (("", "i.", "d.amount"), ("_one", "", "NEW.amount")):
            guarding.register(f"invoice_due_after{name}", due_sql(row=row, plus_credited=moved))
            guarding.register(f"invoice_status_after{name}", status_sql(row=row, plus_credited=moved))
