"""The credit memos app."""

from django.apps import AppConfig


class CreditMemosConfig(AppConfig):
    name = "creditmemos"

    def ready(self) -> None:
        from companies.members import object_rule
        from core import spelling
        from creditmemos import handlers, mails
        from creditmemos.approvals import adjustments, memos, settings
        from creditmemos.kinds import CreditMemoKind, credits_used
        from creditmemos.operations import applying, voiding
        from creditmemos.queries import ties
        from documents.handlers import register
        from invoices.kinds import INVOICE

        register(CreditMemoKind())
        spelling.changed("creditmemo", CreditMemoKind.name)
        INVOICE.credits_from(credits_used)
        handlers.register_all()
        mails.register_all()
        object_rule(applying.PERMISSION, applying.is_allowed)
        object_rule(voiding.PERMISSION, voiding.is_allowed)
        memos.register_all()
        settings.register_all()
        adjustments.register_all()
        ties.register_all()
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
        labels.say("credit_given", lambda code: str(memos.PURPOSES.get(code, code)))
        labels.say("counts_as", lambda code: str(counts.get(code, code)))
        labels.say("then", lambda code: str(memos.AFTERWARDS.get(code, code)))
        statuses = own.BADGES["credit_memo"]
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
