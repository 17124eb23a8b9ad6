"""Signatures of webhooks: what fits, and that nothing else does."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import stripe
from hypothesis import assume, given
from hypothesis import strategies as st

from payments.gateway.signatures import MAX_BODY, TOLERANCE, BadSignature, check, sign

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"id":"evt_1"}'
SECRET = "whsec_first"

texts = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=40)


def test_the_scheme_by_hand() -> None:
    expected = hmac.new(b"whsec_first", b"%d." % STAMP + BODY, sha256).hexdigest()
    assert sign(BODY, secrets=[SECRET], stamp=STAMP) == f"t={STAMP},v1={expected}"
    assert check(BODY, f"t={STAMP},v1={expected}", secrets=[SECRET], now=NOW) == NOW


def test_stripes_own_library_takes_ours() -> None:
    stamp = int(datetime.now(tz=UTC).timestamp())
    header = sign(BODY, secrets=[SECRET], stamp=stamp)
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, tolerance=300)


@pytest.mark.parametrize("seconds", [-TOLERANCE, -1, 0, 1, TOLERANCE])
def test_clocks_may_differ_by_the_tolerance(seconds: int) -> None:
    assert check(
        BODY, sign(BODY, secrets=[SECRET], stamp=STAMP + seconds), secrets=[SECRET], now=NOW
    ) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [-TOLERANCE - 1, TOLERANCE + 1, 600, -86_400, 10**9])
def test_an_old_or_a_future_one_is_refused(seconds: int) -> None:
    header = sign(BODY, secrets=[SECRET], stamp=STAMP + seconds)
    with pytest.raises(BadSignature, match="too old or from the future"):
        check(BODY, header, secrets=[SECRET], now=NOW)


def test_while_a_secret_is_changed_either_fits() -> None:
    both = sign(BODY, secrets=["old", "new"], stamp=STAMP)
    assert both.count("v1=") == 2
    for known in (["old"], ["new"], ["new", "old"], ["", "new"]):
        assert check(BODY, both, secrets=known, now=NOW) == NOW
    assert check(BODY, sign(BODY, secrets=["old"], stamp=STAMP), secrets=["new", "old"], now=NOW) == NOW
    with pytest.raises(BadSignature, match="no signature fits"):
        check(BODY, both, secrets=["third"], now=NOW)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_fits(secrets: list[str]) -> None:
    with pytest.raises(BadSignature, match="no signature fits"):
        check(BODY, sign(BODY, secrets=[""], stamp=STAMP), secrets=secrets, now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        "", "t=", "v1=", f"t={STAMP}", "v1=abc", f"t={STAMP},v1=", f"t=-{STAMP},v1=a", f"t={STAMP}.0,v1=a",
        f"t={STAMP},t={STAMP},v1=a", f"t={STAMP},v0=a", "t=" + "9" * 13 + ",v1=a", "t=\u0661,v1=a", "x" * 5000,
    ],
)  # fmt: skip
def test_a_header_of_another_form_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        check(BODY, header, secrets=[SECRET], now=NOW)


def test_signatures_of_older_schemes_count_for_nothing() -> None:
    header = sign(BODY, secrets=[SECRET], stamp=STAMP).replace("v1=", "v0=")
    with pytest.raises(BadSignature):
        check(BODY, header, secrets=[SECRET], now=NOW)


def test_a_body_has_its_limit() -> None:
    whole = b"x" * MAX_BODY
    assert check(whole, sign(whole, secrets=[SECRET], stamp=STAMP), secrets=[SECRET], now=NOW) == NOW
    longer = whole + b"x"
    with pytest.raises(BadSignature, match="262145 bytes"):
        check(longer, sign(longer, secrets=[SECRET], stamp=STAMP), secrets=[SECRET], now=NOW)


@given(st.binary(max_size=200), texts, st.integers(-TOLERANCE, TOLERANCE))
def test_what_is_signed_fits(body: bytes, secret: str, seconds: int) -> None:
    header = sign(body, secrets=[secret], stamp=STAMP + seconds)
    assert check(body, header, secrets=[secret], now=NOW) == NOW + timedelta(seconds=seconds)


@given(st.binary(max_size=50), st.binary(max_size=50), texts, texts, st.integers(0, 100), st.booleans())
def test_no_other_body_moment_or_secret_fits(
    body: bytes, other: bytes, secret: str, guess: str, later: int, sent: bool
) -> None:
    header = sign(body, secrets=[secret], stamp=STAMP)
    moved = header.replace(f"t={STAMP}", f"t={STAMP + later}")
    assume((other, guess, moved) != (body, secret, header))
    with pytest.raises(BadSignature):
        check(other, moved, secrets=[guess], now=NOW)


@given(st.text(max_size=300))
def test_any_header_is_refused_and_never_an_error(header: str) -> None:
    with pytest.raises(BadSignature):
        check(BODY, header, secrets=[SECRET], now=NOW)
