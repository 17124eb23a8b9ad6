"""Stripe's test methods: what each card or account does when it is attached, charged, refunded or disputed.

Source: Stripe's page on testing. Some declining cards have two spellings there, old and new.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``decline`` is the code with which charging fails, ``attach`` that of saving it.

    ``asks``: when the bank wants the customer: "", "always", or "unless_saved" by the customer. ``refund`` is "pending"
    (then succeeded) or "fail" (succeeded, then failed), ``dispute`` the status of one that follows the charge.
    """

    name: str
    last4: str
    title: str
    brand: str = "visa"
    kind: str = "card"
    decline: str = ""
    attach: str = ""
    asks: str = ""
    refund: str = ""
    dispute: str = ""


def _declined(name: str, last4: str, title: str, code: str) -> tuple[Behaviour, ...]:
    """A card that is declined when it is charged and when it is saved, in both spellings."""
    return tuple(
        Behaviour(spelling, last4, title, decline=code, attach=code)
        for spelling in (f"pm_card_{name}", f"pm_card_visa_{name}")
    )


ALL = (
    Behaviour("pm_card_visa", "4242", "Visa that works"),
    Behaviour("pm_card_visa_debit", "5556", "Visa debit that works"),
    Behaviour("pm_card_mastercard", "4444", "Mastercard that works", brand="mastercard"),
    Behaviour("pm_card_amex", "8431", "American Express that works", brand="amex"),
    Behaviour(
        "pm_card_chargeCustomerFail", "0341", "Can be saved, is declined when charged", decline="generic_decline"
    ),
    *_declined("chargeDeclined", "0002", "Declined", "generic_decline"),
    *_declined("chargeDeclinedInsufficientFunds", "9995", "Too little money", "insufficient_funds"),
    *_declined("chargeDeclinedLostCard", "9987", "Reported lost", "lost_card"),
    *_declined("chargeDeclinedStolenCard", "9979", "Reported stolen", "stolen_card"),
    *_declined("chargeDeclinedFraudulent", "0019", "Looks like fraud", "fraudulent"),
    *_declined("chargeDeclinedVelocityLimitExceeded", "6975", "Reached its limit", "card_velocity_exceeded"),
    *_declined("chargeDeclinedExpiredCard", "0069", "Expired", "expired_card"),
    *_declined("chargeDeclinedIncorrectCvc", "0127", "Wrong security code", "incorrect_cvc"),
    *_declined("chargeDeclinedProcessingError", "0119", "Processing error", "processing_error"),
    Behaviour("pm_card_authenticationRequired", "3184", "Asks the customer every time", asks="always"),
    Behaviour(
        "pm_card_authenticationRequiredSetupForOffSession", "3155", "Asks the customer until saved", asks="unless_saved"
    ),
    Behaviour(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "8260",
        "Asks the customer, then too little money",
        asks="always",
        decline="insufficient_funds",
    ),
    Behaviour("pm_card_threeDSecure2Required", "3220", "Asks the customer every time", asks="always"),
    Behaviour("pm_card_pendingRefund", "7726", "Refunds take a while", refund="pending"),
    Behaviour("pm_card_refundFail", "5126", "Refunds fail later", refund="fail"),
    Behaviour("pm_card_createDispute", "0259", "Disputed as fraud", dispute="needs_response"),
    Behaviour("pm_card_createDisputeProductNotReceived", "2685", "Disputed, not received", dispute="needs_response"),
    Behaviour("pm_card_createDisputeInquiry", "1976", "The bank asks", dispute="warning_needs_response"),
    Behaviour("pm_sepa_debit", "3201", "SEPA account that works", brand="", kind="sepa_debit", refund="pending"),
    Behaviour(
        "pm_sepa_debit_fail",
        "3202",
        "SEPA account that fails",
        brand="",
        kind="sepa_debit",
        decline="insufficient_funds",
    ),
)
BY_NAME = {method.name: method for method in ALL}
BY_IBAN = {"AT611904300234573201": "pm_sepa_debit", "AT861904300235473202": "pm_sepa_debit_fail"}
"""Stripe's test accounts: a debit that works, and one that fails."""

MESSAGES = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
    "payment_intent_authentication_failure": "The provided PaymentMethod has failed authentication.",
    "setup_intent_authentication_failure": "The provided PaymentMethod has failed authentication.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
OWN_CODE = {"authentication_required", "expired_card", "incorrect_cvc", "processing_error"}
"""Declines that are the code of the error; for others that is ``card_declined``."""
