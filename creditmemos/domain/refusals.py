"""What the verbs of credit memos say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class NotUnpaid(Refusal):
    code = "not_unpaid"
    text = _("Credit can only be used on unpaid invoices. %(invoice)s is %(status)s.")


class OtherCustomer(Refusal):
    code = "other_customer"
    text = _("%(invoice)s belongs to another customer.")


class OtherUser(Refusal):
    code = "other_user"
    text = _("%(memo)s was issued for another user than %(invoice)s.")


class PairTwice(Refusal):
    code = "pair_twice"
    text = _("%(memo)s is used on %(invoice)s twice in this list. Enter one amount for both.")


class OverBalance(Refusal):
    code = "over_balance"
    text = _("%(memo)s has %(amount)s left.")


class OverDue(Refusal):
    code = "over_due"
    text = _("%(invoice)s needs only %(amount)s.")


class OverCredit(Refusal):
    code = "over_credit"
    text = _("Only %(amount)s of this line can still be credited.")


class NotUnapplied(Refusal):
    code = "not_unapplied"
    text = _("This memo has been used since you opened it, so it can't be voided.")


class CarriedBalance(Refusal):
    """A balance that was carried over is the customer's; nothing would be left of it."""

    code = "carried_balance"
    text = _("%(memo)s holds a balance carried over from an invoice. Close it instead to write it off.")


class PayoutPending(Refusal):
    code = "payout_pending"
    text = _("%(memo)s is being paid out; wait until that ends.")


class MemoNotOpen(Refusal):
    code = "memo_not_open"
    text = _("%(memo)s is %(status)s and has no credit to use.")


class MemoOnHold(Refusal):
    code = "memo_on_hold"
    text = _("%(memo)s is on hold. Ask the marketplace to release it.")


class NothingToApply(Refusal):
    code = "nothing_to_apply"
    text = _("Enter an amount for at least one invoice.")


class NotReversible(Refusal):
    code = "not_reversible"
    text = _("This application can't be reversed: %(why)s")


class ConfirmUnpaid(Refusal):
    code = "confirm_unpaid"
    text = _("%(invoice)s becomes unpaid, %(amount)s due. Confirm that you want this.")


class ClosingNotAllowed(Refusal):
    code = "closing_not_allowed"
    text = _("This marketplace does not close credit memos.")


class NotClosable(Refusal):
    code = "not_closable"
    text = _("%(memo)s is %(status)s, so nothing can be written off.")


class NotClosed(Refusal):
    code = "not_closed"
    text = _("%(memo)s is not closed.")


class DraftOutdated(Refusal):
    code = "draft_outdated"
    text = _(
        "The figures changed since this was asked for: %(before)s then, %(after)s now. Reject it, or have it redone."
    )


class NotADraft(Refusal):
    code = "not_a_draft"
    text = _("%(memo)s is %(status)s and can't be edited.")


class StillAsked(Refusal):
    code = "still_asked"
    text = _("%(memo)s waits for a second person. Withdraw it first.")


class NotDiscardable(Refusal):
    code = "not_discardable"
    text = _("%(memo)s is %(status)s, so it can't be discarded.")


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


class HoldUnchanged(Refusal):
    code = "hold_unchanged"
    text = _("%(memo)s has no credit that could be held or released.")


class ResetNeedsYear(Refusal):
    code = "reset_needs_year"
    text = _("Numbers that begin again each year need {YYYY} or {YY} in both prefixes.")


class PatternsCollide(Refusal):
    code = "patterns_collide"
    text = _("Invoices and credit memos could get the same number. Use prefixes that differ in a letter.")


class NumberExists(Refusal):
    code = "number_exists"
    text = _("%(number)s would come again: choose another prefix.")
