"""Reasons that were there say by their code what their credit counts as, and issued memos what their reason says."""

from typing import Any

import pytest
from django.core.management import call_command

from creditmemos import operations
from creditmemos.domain.drafting import Details
from creditmemos.models import CreditMemo, CreditReason
from tests.factories.world import NOW, Market, charge, key, make_market
from tests.support.databases import Copy

BEFORE = ("creditmemos", "0003_tax_by")
CODES = {
    "discount": "price", "billing_error": "price", "other": "price", "cancellation": "time", "downgrade": "time",
    "duplicate": "time", "goodwill": "nothing", "service_issue": "nothing", "service-issue": "nothing",
    "loyalty": "price",
}  # fmt: skip
pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.slow]


def memo(market: Market, code: str) -> CreditMemo:
    return operations.issue_ad_hoc(
        account=market.account(), beneficiary=market.acme, charges=[charge("5.00")], actor=market.actor(), now=NOW,
        key=key(), details=Details(reason_id=market.reason(code).pk, use="hold"),
    )  # fmt: skip


def test_by_code_and_by_reason(committed_db: Copy) -> None:
    market = make_market("upgrade")
    made = {code: memo(market, code) for code in CODES}
    operations.void(memo=made["duplicate"], reason="Twice", actor=market.actor(), now=NOW)
    call_command("migrate", *BEFORE, verbosity=0)
    call_command("migrate", verbosity=0)
    reasons: Any = CreditReason.objects.values_list("code", "counts_as")
    assert dict(reasons) == CODES
    memos: Any = CreditMemo.objects.values_list("reason__code", "counts_as")
    assert dict(memos) == CODES
