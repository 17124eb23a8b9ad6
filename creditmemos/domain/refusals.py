"""What the verbs of credit memos say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class NotUnpaid(Refusal):
    code = "not_unpaid"
    text = _("Credit can only be used on unpaid invoices. %(invoice)s is %(status)s.")


class OverCredit(Refusal):
    code = "over_credit"
    text = _("Only %(amount)s of this line can still be credited.")


class PayoutPending(Refusal):
    code = "payout_pending"
    text = _("%(memo)s is being paid out; wait until that ends.")


class DraftOutdated(Refusal):
    code = "draft_outdated"
    text = _(
        "The figures changed since this was asked for: %(before)s then, %(after)s now. Reject it, or have it redone."
    )


class NotADraft(Refusal):
    code = "not_a_draft"
    text = _("%(memo)s is %(status)s and can't be edited.")


class InvoiceNotCreditable(Refusal):
    code = "invoice_not_creditable"
    text = _("%(invoice)s is %(status)s and can't be credited.")


class PipelineV1(Refusal):
    code = "pipeline_v1"
    text = _("This marketplace carries credit on its invoices and has no credit memos.")


class MemoInTheWay(Refusal):
    code = "memo_in_the_way"
    text = _("%(memo)s was issued from %(invoice)s and is %(status)s. Undo that first.")


class TooBusy(Refusal):
    code = "too_busy"
    text = _("Somebody keeps using credit on %(invoice)s. Please try again in a moment.")


class ResetNeedsYear(Refusal):
    code = "reset_needs_year"
    text = _("Numbers that begin again each year need {YYYY} or {YY} in both prefixes.")


class PatternsCollide(Refusal):
    code = "patterns_collide"
    text = _("Invoices and credit memos could get the same number. Use prefixes that differ in a letter.")


class NumberExists(Refusal):
    code = "number_exists"
    text = _("%(number)s would come again: choose another prefix.")
