"""`verify_books` finds what is broken of payments, and names it rightly."""

import pytest

from creditmemos.verification import breaches
from tests.factories.payments import receive
from tests.factories.refunds import paid_out
from tests.factories.world import Market, issue_invoice, issue_memo, make_market
from tests.payments.damages import DAMAGE, TABLES, fill
from tests.support.damage import run, unguarded


@pytest.fixture
def paid(committed_db: object) -> dict[str, str]:
    """A payment used on an invoice with some left, a pending one, memos paid out and not; their ids as SQL."""
    market: Market = make_market()
    invoice, other = issue_invoice(market), issue_invoice(market)
    payment = receive(market, 6_000, (invoice, 5_000), keep_on_account=True)
    pending = receive(market, 700, (other, 700), is_pending=True)
    paid_out(market, issue_memo(market))
    memo = issue_memo(market)
    assert breaches() == []
    return {"memo": str(memo.pk), "payment": str(payment.pk), "pending": str(pending.pk), "invoice": str(invoice.pk)}


@pytest.mark.damage
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_reported_as_what_it_is(paid: dict[str, str], what: str) -> None:
    expected, statements = DAMAGE[what]
    with unguarded(*TABLES.values()):
        run(*(fill(statement, paid) for statement in statements.split(";")))
    assert " ".join(dict.fromkeys(breach.invariant for breach in breaches())) == expected
