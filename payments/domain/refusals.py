"""What the verbs of payments say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class NothingToAllocate(Refusal):
    code = "nothing_to_allocate"
    text = _("Enter an amount for at least one invoice.")


class InvoiceTwice(Refusal):
    code = "invoice_twice"
    text = _("%(invoice)s is in this list twice. Enter one amount for it.")


class NotOwed(Refusal):
    code = "not_owed"
    text = _("%(invoice)s is %(status)s and takes no payment.")


class OtherAccount(Refusal):
    code = "other_account"
    text = _("%(invoice)s belongs to another customer.")


class BeingPaid(Refusal):
    code = "being_paid"
    text = _("Only %(amount)s is left to pay on %(invoice)s: %(pending)s is being paid already.")


class OverPayment(Refusal):
    code = "over_payment"
    text = _("The amounts for invoices are %(over)s more than the payment of %(amount)s.")


class OverOnAccount(Refusal):
    code = "over_on_account"
    text = _("%(payment)s has only %(amount)s on account.")


class NotSuccessful(Refusal):
    code = "payment_not_successful"
    text = _("%(payment)s is %(status)s: there is no money to use.")


class NotPending(Refusal):
    code = "payment_not_pending"
    text = _("%(payment)s is %(status)s: it is settled already.")


class NotByHand(Refusal):
    code = "payment_by_gateway"
    text = _("%(payment)s is settled by its payment provider.")


class ValueDateInFuture(Refusal):
    code = "value_date_in_future"
    text = _("The value date can't be after today, %(today)s.")


class ValueDateTooOld(Refusal):
    code = "value_date_too_old"
    text = _("The value date can't be before %(first)s.")


class AllocationReversed(Refusal):
    code = "allocation_reversed"
    text = _("This money was taken off %(invoice)s already.")


class NothingReturnable(Refusal):
    code = "nothing_returnable"
    text = _("Nothing of %(payment)s is left to return.")


class OverReturnable(Refusal):
    code = "over_returnable"
    text = _("The bank can take back at most %(amount)s of %(payment)s.")


class ReturnReversed(Refusal):
    code = "return_reversed"
    text = _("This return was undone already.")


class KeepsNothing(Refusal):
    code = "keeps_nothing"
    text = _("This marketplace keeps no surplus: small differences are set to 0. Allocate or return the money instead.")


class NotPayable(Refusal):
    code = "not_payable"
    text = _("%(memo)s is %(status)s. Only credit that nothing has used is paid out, and all of it at once.")


class OverPaidIn(Refusal):
    code = "over_paid_in"
    text = _("%(payer)s has only %(amount)s with you that was paid and not sent back yet.")


class BackBeforeItWent(Refusal):
    code = "back_before_it_went"
    text = _("The money went on %(day)s and can't have come back before.")


class NothingPaidIn(Refusal):
    code = "nothing_paid_in"
    text = _("%(payer)s has paid nothing that could be sent back.")


class NothingPaid(Refusal):
    code = "nothing_paid"
    text = _("Nothing was paid of %(invoice)s that could be sent back. Credit it instead.")


class NotPaidEnough(Refusal):
    code = "not_paid_enough"
    text = _(
        "At most %(amount)s can be refunded: no more of %(invoice)s was paid by these payments. Credit the rest"
        " instead."
    )


class RefundMoved(Refusal):
    code = "refund_moved"
    text = _(
        "What is due or was paid of %(invoice)s has changed since this was requested. Reject it, and have it requested"
        " again."
    )


class NothingCarried(Refusal):
    code = "nothing_carried"
    text = _("%(invoice)s carries no balance on that could be given back.")


class PayoutMoved(Refusal):
    code = "payout_moved"
    text = _("%(memo)s is applied otherwise by now. Reject the request, or have it requested again.")


class RefundEnded(Refusal):
    code = "refund_ended"
    text = _("The refund of %(refund)s is %(status)s.")


class OverSmallDifference(Refusal):
    code = "over_small_difference"
    text = _("Only up to %(amount)s can be kept. Return the rest to the customer, or use it on an invoice.")


class MethodNotUsable(Refusal):
    code = "method_not_usable"
    text = _("%(method)s can no longer be charged. Choose another method.")


class BeingCharged(Refusal):
    code = "being_charged"
    text = _("%(invoice)s is being charged already. Wait until that has ended.")


class NoMethod(Refusal):
    code = "no_method"
    text = _("%(payer)s has no saved method that can be charged. Ask them to add one, or record a payment.")


class BeingAsked(Refusal):
    code = "being_asked"
    text = _("The payment provider is being asked about %(payment)s right now. Its answer shows in a moment.")


class NotRetried(Refusal):
    code = "not_retried"
    text = _("%(payment)s is %(status)s. Only a charge that failed is tried again.")


class NotByProvider(Refusal):
    code = "not_by_provider"
    text = _("%(payment)s did not come by a payment provider. Send the money back off-platform.")


class Disputed(Refusal):
    code = "payment_disputed"
    text = _("%(payment)s is disputed. Wait until the dispute has ended.")


class CannotBear(Refusal):
    code = "cannot_bear"
    text = _(
        "Of %(payment)s at most %(amount)s can be sent back for this credit. Choose another payment, or divide it."
    )


class SentBackAlready(Refusal):
    code = "sent_back_already"
    text = _("Only %(amount)s of %(payment)s is left to send back: the rest went back already, or is on its way.")
