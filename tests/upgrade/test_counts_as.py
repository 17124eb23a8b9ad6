"""Reasons that were there say by their code what their credit counts as, and issued memos what their reason says."""

from typing import Any

import pytest

from creditmemos.models import CreditMemo, CreditReason
from tests.support.databases import Copy
from tests.upgrade.added import REASONS

pytestmark = pytest.mark.slow
CODES = {
    "discount": "price", "billing_error": "price", "other": "price", "cancellation": "time", "downgrade": "time",
    "duplicate": "time", "goodwill": "nothing", "service_issue": "nothing", "service-issue": "nothing",
    "loyalty": "price",
}  # fmt: skip


def test_by_code_and_by_reason(upgraded: Copy) -> None:
    reasons: Any = CreditReason.objects.values_list("code", "counts_as")
    assert set(reasons) == set(CODES.items())
    assert {code for code, _counts in reasons} > set(REASONS)
    memos: Any = CreditMemo.objects.filter(reason__isnull=False, number__isnull=False)
    told = set(memos.values_list("reason__code", "counts_as"))
    assert told == {(code, CODES[code]) for code, _counts in told}
    assert {counts for _code, counts in told} == {"price", "time", "nothing"}
    assert memos.filter(voided_at__isnull=False, counts_as="time").exists()
