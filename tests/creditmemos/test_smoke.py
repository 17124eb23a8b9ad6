import pytest
from core.models import OutboxJob
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, apply, credit_invoice, issue_invoice, issue_memo, make_market

pytestmark = pytest.mark.django_db

def test_everything() -> None:
    m = make_market()
    inv = issue_invoice(m)
    assert (inv.number, inv.total, inv.amount_due, inv.status) == ("INV-2026-00001", 12000, 12000, "unpaid")
    memo = issue_memo(m)
    assert (memo.number, memo.status, memo.balance) == ("CM-2026-00001", "unapplied", 5000)
    app = apply(m, memo, inv, 3000)
    memo.refresh_from_db(); inv.refresh_from_db()
    assert (memo.status, memo.balance, inv.amount_due, inv.status) == ("partially_applied", 2000, 9000, "unpaid")
    m2 = credit_invoice(m, inv, 10000, use="apply_now")
    m2.refresh_from_db(); inv.refresh_from_db()
    assert (m2.total, m2.balance, inv.amount_due, inv.status) == (12000, 3000, 0, "paid")
    rev = operations.reverse(application=app, reason="x", actor=m.actor(), now=NOW, key="r")
    memo.refresh_from_db(); inv.refresh_from_db()
    assert (memo.status, inv.status, rev.amount) == ("unapplied", "unpaid", -3000)
    operations.void(memo=memo, reason="dup", actor=m.actor(), now=NOW)
    operations.close(memo=m2, reason="dup", actor=m.actor(), now=NOW)
    m2.refresh_from_db()
    assert (m2.status, m2.written_off) == ("closed", 3000)
    try:
        operations.void_invoice(invoice=inv, reason="dup", actor=m.actor(), now=NOW)
    except Exception as e:
        print(repr(e), e)
    i2 = issue_invoice(m)
    m3 = issue_memo(m, "10.00")
    m4 = credit_invoice(m, i2, 1000)
    apply(m, m3, i2, 500)
    operations.close(memo=m3, reason="dup", actor=m.actor(), now=NOW)
    operations.void_invoice(invoice=i2, reason="dup", actor=m.actor(), now=NOW)
    m3.refresh_from_db(); m4.refresh_from_db()
    assert (m3.status, m3.written_off, m4.status) == ("closed", 1000, "voided")
