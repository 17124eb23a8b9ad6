"""What the verbs of credit memos say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class NotUnpaid(Refusal):
    code = "not_unpaid"
    text = _("Credit can only be applied to unpaid invoices. %(invoice)s is %(status)s.")


class OverCredit(Refusal):
    code = "over_credit"
    text = _("Only %(amount)s of this line can still be credited.")


class PayoutPending(Refusal):
    code = "payout_pending"
    text = _("%(memo)s is being paid out; wait until the payout is complete.")


class NotADraft(Refusal):
    code = "not_a_draft"
    text = _("%(memo)s is %(status)s and can't be edited.")


class InvoiceNotCreditable(Refusal):
    code = "invoice_not_creditable"
    text = _("%(invoice)s is %(status)s and can't be credited.")


class PipelineV1(Refusal):
    code = "pipeline_v1"
    text = _("This marketplace carries credit on its invoices and has no credit memos.")
