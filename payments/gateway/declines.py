"""Why a bank or Stripe declined, in seventeen kinds: what may be done, and two sentences for each (pure).

Source: Stripe's published decline codes for cards and failure codes of bank debits. Kinds that hint at theft or fraud
say no more to the customer than a decline without a reason, as Stripe asks.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.gateway.protocol import FailureClass


class Decline(StrEnum):
    """The kinds that people are told apart."""

    UNEXPLAINED = "unexplained"
    FUNDS = "funds"
    LIMIT = "limit"
    AMOUNT = "amount"
    TROUBLE = "trouble"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    DETAILS = "details"
    BLOCKED = "blocked"
    ACCOUNT = "account"
    NOT_ALLOWED = "not_allowed"
    CURRENCY = "currency"
    REVOKED = "revoked"
    AUTHENTICATION = "authentication"
    PIN = "pin"
    CUSTOMER = "customer"
    TEST_CARD = "test_card"


CODES: Final[dict[Decline, str]] = {
    Decline.UNEXPLAINED: "bank_account_declined call_issuer card_declined declined do_not_honor generic_decline "
    "no_action_taken partner_generic_decline payment_intent_payment_attempt_failed payment_method_provider_decline "
    "setup_intent_authentication_failure",
    Decline.FUNDS: "insufficient_funds",
    Decline.LIMIT: "card_decline_rate_limit_exceeded card_velocity_exceeded payment_limit_exceeded "
    "withdrawal_count_limit_exceeded",
    Decline.AMOUNT: "invalid_amount",
    Decline.TROUBLE: "approve_with_id could_not_process generic_could_not_process issuer_not_available never_made "
    "payment_method_not_available payment_method_provider_timeout processing_error reenter_transaction "
    "three_d_secure_authentication_upstream_error try_again_later",
    Decline.DUPLICATE: "duplicate_transaction",
    Decline.EXPIRED: "expired_card expired_payment_method invalid_expiry_month invalid_expiry_year",
    Decline.DETAILS: "bank_account_invalid_details incorrect_account_holder_name incorrect_address incorrect_cvc "
    "incorrect_number incorrect_zip invalid_account_number invalid_cvc invalid_number requested_block_on_incorrect_cvc",
    Decline.BLOCKED: "fraudulent highest_risk_level lost_card merchant_blacklist pickup_card restricted_card rule "
    "security_violation stolen_card",
    Decline.ACCOUNT: "account_closed bank_account_closed bank_account_restricted bank_account_unusable "
    "bank_ownership_changed branch_does_not_exist invalid_account new_account_information_available no_account "
    "payment_method_bank_account_blocked payment_method_restricted payment_method_unactivated recipient_deceased",
    Decline.NOT_ALLOWED: "card_not_supported not_permitted service_not_allowed "
    "three_d_secure_authentication_not_supported transaction_not_allowed",
    Decline.CURRENCY: "currency_not_supported invalid_currency payment_method_currency_mismatch",
    Decline.REVOKED: "billing_invalid_mandate debit_authorization_not_match debit_not_authorized do_not_try_again "
    "payment_intent_mandate_invalid previously_declined_do_not_retry "
    "revocation_of_all_authorizations revocation_of_authorization setup_intent_mandate_invalid "
    "stop_payment_order",
    Decline.AUTHENTICATION: "authentication_failure authentication_not_handled authentication_required "
    "mobile_device_authentication_required "
    "payment_intent_authentication_failure",
    Decline.PIN: "incorrect_pin invalid_pin offline_pin_required online_or_offline_pin_required pin_try_exceeded",
    Decline.CUSTOMER: "payment_intent_payment_attempt_expired payment_method_customer_decline refer_to_customer",
    Decline.TEST_CARD: "live_mode_test_card test_mode_live_card testmode_decline",
}
"""The provider's codes of each kind; one that is new is UNEXPLAINED."""


@dataclass(frozen=True, slots=True)
class Words:
    """What follows a decline of one kind: the class, a sentence for finance, and one for the customer."""

    failure_class: FailureClass
    finance: Promise
    customer: Promise


_ASK_BANK = _("Your bank declined the payment. Ask your bank, or pay with another card or account.")
_HARD, _SOFT = FailureClass.HARD, FailureClass.SOFT

WORDS: Final[dict[Decline, Words]] = {
    Decline.UNEXPLAINED: Words(
        _SOFT,
        _("The bank declined without a reason. Another day may work; else the customer asks their bank."),
        _ASK_BANK,
    ),
    Decline.FUNDS: Words(
        _SOFT,
        _("The account had too little money. Try again on another day, or ask for another method."),
        _("There was not enough money in the account. Top it up, or pay with another card or account."),
    ),
    Decline.LIMIT: Words(
        _SOFT,
        _("The customer reached a limit of their card. Try again on another day, or ask for another method."),
        _("The card has reached a limit. Ask your bank to raise it, or pay with another card."),
    ),
    Decline.AMOUNT: Words(
        _SOFT,
        _("The bank does not allow this amount. Charge it in parts, or ask for another method."),
        _("Your bank does not allow a payment of this amount. Ask your bank, or pay with another card or account."),
    ),
    Decline.TROUBLE: Words(
        FailureClass.TROUBLE,
        _("The bank or the payment provider could not process it. Nothing is wrong with the card: try again later."),
        _("The payment could not be processed just now. Your card was not charged. Please try again later."),
    ),
    Decline.DUPLICATE: Words(
        _SOFT,
        _("The same amount was charged to this card moments before. Check whether it is paid already."),
        _("The same amount was paid with this card moments ago. Check whether the invoice is paid already."),
    ),
    Decline.EXPIRED: Words(
        _HARD,
        _("The card has expired. Ask the customer to add another one."),
        _("Your card has expired. Add another card and pay with that."),
    ),
    Decline.DETAILS: Words(
        _HARD,
        _("The card or account was saved with wrong details. Ask the customer to add it again."),
        _("The details of your card or account are not right. Add it again, or pay with another one."),
    ),
    Decline.BLOCKED: Words(
        _HARD,
        _("The card is blocked, or the payment looks like fraud. Don't try it again, and don't tell the customer why."),
        _ASK_BANK,
    ),
    Decline.ACCOUNT: Words(
        _HARD,
        _("The account is closed, blocked or has changed. Ask the customer to add another method."),
        _("This card or account can no longer be charged. Add another one and pay with that."),
    ),
    Decline.NOT_ALLOWED: Words(
        _HARD,
        _("The card does not allow payments of this kind. Ask the customer to add another one."),
        _("Your card does not allow this payment. Ask your bank, or pay with another card or account."),
    ),
    Decline.CURRENCY: Words(
        _HARD,
        _("The card or account does not take this currency. Ask the customer to add another one."),
        _("Your card or account can't be charged in this currency. Pay with another one."),
    ),
    Decline.REVOKED: Words(
        _HARD,
        _("The customer withdrew their consent to be charged. Don't try it again: ask them for another method."),
        _("Your bank was told not to allow this payment. Ask your bank, or pay with another card or account."),
    ),
    Decline.AUTHENTICATION: Words(
        FailureClass.NEEDS_CUSTOMER,
        _("The bank wants the customer to confirm the payment. Send them the link to the invoice."),
        _("Your bank wants you to confirm this payment. Open the invoice and pay it again to do so."),
    ),
    Decline.PIN: Words(
        FailureClass.NEEDS_CUSTOMER,
        _("The bank wants a PIN, which can't be given online. Ask the customer for another method."),
        _("Your card asks for a PIN, which can't be entered here. Pay with another card or account."),
    ),
    Decline.CUSTOMER: Words(
        FailureClass.NEEDS_CUSTOMER,
        _("The customer declined the payment. Ask them before you try again."),
        _("The payment was declined on your side. Open the invoice and pay it again, or choose another method."),
    ),
    Decline.TEST_CARD: Words(
        _HARD,
        _("A test card was used for real money, or a real card for a test. Ask the customer to add another one."),
        _("This card can't be used here. Add another card and pay with that."),
    ),
}
"""What to do and to say, for each kind."""

_KIND_OF: Final = {code: kind for kind, codes in CODES.items() for code in codes.split()}


def decline_of(code: str) -> Decline:
    """The kind of a provider's code."""
    return _KIND_OF.get(code, Decline.UNEXPLAINED)


def class_of(code: str, advice: str = "") -> FailureClass:
    """What may be done after this code; ``advice`` is the card network's, where Stripe passes it on."""
    found = WORDS[decline_of(code)].failure_class
    if advice == "do_not_try_again" and found in {FailureClass.SOFT, FailureClass.TROUBLE}:
        return FailureClass.HARD
    return found


def words_of(code: str) -> Words:
    """What finance and the customer are told about this code, in the language of who reads."""
    return WORDS[decline_of(code)]


_REFUND_FAILED = _("The bank sent the refund back without a reason. Pay the money out another way.")
REFUND_FAILURES: Final[dict[str, Promise]] = {
    "charge_for_pending_refund_disputed": _("The customer disputed the payment, so the refund was stopped."),
    "declined": _("The bank declined the refund. Pay the money out another way."),
    "expired_or_canceled_card": _("The card is no longer valid: the refund came back. Pay the money out another way."),
    "insufficient_funds": _("There was too little money with the payment provider. Top it up and refund again."),
    "lost_or_stolen_card": _("The card was reported lost or stolen. Pay the money out another way."),
    "merchant_request": _("The refund was stopped at the payment provider on our side."),
}
"""Why a refund failed, for finance."""


def refund_words(reason: str) -> Promise:
    """What finance is told about a refund that failed for this reason of the provider."""
    return REFUND_FAILURES.get(reason, _REFUND_FAILED)
