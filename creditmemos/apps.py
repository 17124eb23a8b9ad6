"""The credit memos app."""

from django.apps import AppConfig


class CreditMemosConfig(AppConfig):
    name = "creditmemos"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        import creditmemos.handlers
        import creditmemos.permissions  # noqa: F401 - registers the object rules
        from creditmemos import mails, printing
        from creditmemos.approvals import memos, settings
        from documents.domain.kinds import DocumentKind, register, unify
        from notifications.domain import kinds as mail
        from notifications.mail.samples import documents

        register(
            DocumentKind(
                name="credit_memo",
                label=_("Credit memo"),
                contents=printing.contents,
                visible_among=printing.visible_among,
                page="creditmemos:detail",
                id_key="memo_id",
                issued="creditmemo.issued",
                voided="creditmemo.voided",
                find=printing.find,
                latest=printing.latest,
            )
        )
        unify("invoice", printing.unified)
        mail.register(
            mail.NotificationKind(
                name="credit_applied",
                label=_("Credit applied"),
                about=_("Credit was used on one or more invoices."),
                topic="creditmemo.applied",
                notice=mails.credit_applied,
                samples=mails.applied_samples,
                payload=mails.applied_payload,
                document="credit_memo",
                enabled=False,
                has_pdf=False,
            )
        )
        mail.register(
            mail.NotificationKind(
                name="refund_processed",
                label=_("Refund processed"),
                about=_("A credit memo was paid out."),
                topic=mails.PAID_OUT,
                notice=mails.refund_processed,
                samples=documents("credit_memo"),
                payload=lambda memo_id: {"memo_id": memo_id},
                document="credit_memo",
                enabled=False,
                has_pdf=False,
                waits_for=_("Nothing is paid out yet: this mail is sent once payouts are part of the product."),
            )
        )
        memos.register_all()
        settings.register_all()
        self._register_guards()
        self._say_what_guards_mean()
        self._say_codes_in_words()

    def _say_what_guards_mean(self) -> None:
        from companies.domain.refusals import OwnCompany
        from core.errors import BalanceChanged, means

        means("i18_not_own_company", OwnCompany)
        means("creditmemos_application_reverses_id_key", BalanceChanged)

    def _say_codes_in_words(self) -> None:
        from core import labels
        from creditmemos import labels as own
        from creditmemos.domain import wording as memos
        from creditmemos.models import CreditReason
        from invoices.domain import wording as invoices

        own.register_all()
        sources = invoices.SOURCES | memos.SOURCES
        labels.say("source", lambda code: str(sources.get(code, code)))
        counts = dict(CreditReason.CountsAs.choices)
        labels.say("counts_as", lambda code: str(counts.get(code, code)))
        labels.say("then", lambda code: str(memos.AFTERWARDS.get(code, code)))
        statuses = own.BADGES["creditmemo"]
        labels.say("status", lambda code: str(statuses[code].label) if code in statuses else code)

    def _register_guards(self) -> None:
        from core import guarding
        from creditmemos.domain.balance import balance_sql, status_sql, written_off_after
        from creditmemos.models import CreditMemo

        moving = {"status", "applied", "paid_out", "payout_pending", "written_off", "balance", "on_hold"}
        ended = {"voided_at", "voided_by_id", "void_reason", "closed_at", "closed_by_id", "close_reason"}
        guarding.register_changed("memo_frozen", CreditMemo, but=moving | ended | {"internal_note"})

        for name, row, moved in (("", "m.", "d.amount"), ("_one", "", "NEW.amount")):
            applied = f"{row}applied + {moved}"
            written_off = written_off_after(row=row, moved=moved)
            guarding.register(f"memo_written_off_after{name}", written_off)
            guarding.register(
                f"memo_balance_after{name}", balance_sql(row=row, applied=applied, written_off=written_off)
            )
            guarding.register(f"memo_status_after{name}", status_sql(row=row, applied=applied, written_off=written_off))
