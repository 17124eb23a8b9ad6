"""Every code that Stripe publishes has a kind, and every kind its two sentences."""

import pytest
from django.utils import translation

from payments.gateway.declines import CODES, WORDS, Decline, class_of, decline_of, words_of
from payments.gateway.protocol import FailureClass

PUBLISHED = [
    "approve_with_id",
    "authentication_not_handled",
    "authentication_required",
    "call_issuer",
    "card_not_supported",
    "card_velocity_exceeded",
    "currency_not_supported",
    "do_not_honor",
    "do_not_try_again",
    "duplicate_transaction",
    "expired_card",
    "fraudulent",
    "generic_decline",
    "highest_risk_level",
    "incorrect_address",
    "incorrect_cvc",
    "incorrect_number",
    "incorrect_pin",
    "incorrect_zip",
    "insufficient_funds",
    "invalid_account",
    "invalid_amount",
    "invalid_cvc",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "invalid_pin",
    "issuer_not_available",
    "lost_card",
    "merchant_blacklist",
    "mobile_device_authentication_required",
    "new_account_information_available",
    "no_action_taken",
    "not_permitted",
    "offline_pin_required",
    "online_or_offline_pin_required",
    "pickup_card",
    "pin_try_exceeded",
    "processing_error",
    "reenter_transaction",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "service_not_allowed",
    "stolen_card",
    "stop_payment_order",
    "test_mode_live_card",
    "testmode_decline",
    "transaction_not_allowed",
    "try_again_later",
    "withdrawal_count_limit_exceeded",
]
"""Stripe's table of decline codes for cards, as published in 2026."""
NEVER_AGAIN = ["lost_card", "stolen_card", "pickup_card", "invalid_account", "account_closed", "expired_card"]


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_published_code_is_known(code: str) -> None:
    assert sum(code in codes.split() for codes in CODES.values()) == 1


def test_no_code_stands_twice() -> None:
    codes = [code for codes in CODES.values() for code in codes.split()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", list(Decline))
def test_every_kind_has_a_class_and_two_whole_sentences(kind: Decline) -> None:
    words = WORDS[kind]
    assert words.failure_class is not FailureClass.NONE
    assert CODES[kind].split()
    with translation.override("en"):
        finance, customer = str(words.finance), str(words.customer)
    assert finance != customer
    for text in (finance, customer):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "_" not in text
    assert "customer" not in customer
    assert "fraud" not in customer


def test_a_customer_is_not_told_of_theft_or_fraud() -> None:
    assert words_of("stolen_card").customer == words_of("do_not_honor").customer
    assert words_of("fraudulent").customer == words_of("generic_decline").customer


def test_finance_reads_kinds_apart() -> None:
    assert len({str(words.finance) for words in WORDS.values()}) == len(Decline)


@pytest.mark.parametrize("code", NEVER_AGAIN)
def test_what_networks_forbid_is_not_tried_again(code: str) -> None:
    assert class_of(code) is FailureClass.HARD


@pytest.mark.parametrize(
    ("code", "advice", "expected"),
    [
        ("insufficient_funds", "", FailureClass.SOFT),
        ("insufficient_funds", "try_again_later", FailureClass.SOFT),
        ("insufficient_funds", "do_not_try_again", FailureClass.HARD),
        ("generic_decline", "do_not_try_again", FailureClass.HARD),
        ("processing_error", "", FailureClass.TROUBLE),
        ("authentication_required", "do_not_try_again", FailureClass.NEEDS_CUSTOMER),
    ],
)
def test_the_networks_advice_counts(code: str, advice: str, expected: FailureClass) -> None:
    assert class_of(code, advice) is expected


def test_a_new_code_is_one_without_a_reason() -> None:
    assert decline_of("something_new") is Decline.UNEXPLAINED
    assert class_of("something_new") is FailureClass.SOFT
