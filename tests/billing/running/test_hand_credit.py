"""A run that credits unused time knows what people credited of the charge, and what for."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import BillingException, Charge
from billing.queries.charges import charges_named
from creditmemos import operations as memos
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo, CreditReason
from invoices.models import InvoiceLine
from tests.factories.billing import Sold, bill, moment, plan, subscribe
from tests.factories.world import Market, key

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def in_may(market: Market, quantity: str = "1") -> Sold:
    sold = subscribe(market, plan(market), quantity=quantity, start=MAY)
    bill(market, MAY)
    return sold


def credits_by_hand(market: Market, net: int, counts_as: str, day: date = date(2026, 5, 10)) -> CreditMemo:
    """Credit a part of the only line, for a reason that counts as this."""
    line = InvoiceLine.objects.get()
    reason = market.reason(counts_as, counts_as=counts_as)
    return memos.issue_from_invoice(
        invoice=line.invoice, lines=[InvoiceCredit(line.pk, net=net)], details=Details(reason_id=reason.pk, use="hold"),
        actor=market.actor(), now=moment(day), key=key(),
    )  # fmt: skip


def credited() -> list[int]:
    return [memo.net for memo in CreditMemo.objects.filter(source="automatic").order_by("pk")]


@pytest.mark.parametrize(("counts_as", "credit"), [("price", 1084), ("time", 600), ("nothing", 1600)])
def test_a_cancellation_after_credit_by_hand(market: Market, counts_as: str, credit: int) -> None:
    sold = in_may(market)
    credits_by_hand(market, 1000, counts_as)
    sold.cancel(date(2026, 5, 15))
    bill(market, date(2026, 5, 20))
    assert credited() == [credit]
    assert not BillingException.objects.exists()


def test_seats_that_were_never_used(market: Market) -> None:
    sold = in_may(market, "10")
    credits_by_hand(market, 6200, "price")
    sold.change(date(2026, 5, 16), quantity="8")
    bill(market, date(2026, 5, 20))
    charged = sum(line.net for line in InvoiceLine.objects.all())
    assert charged - sum(memo.net for memo in CreditMemo.objects.all()) == 24800


def test_a_memo_that_was_voided_counts_no_more(market: Market) -> None:
    sold = in_may(market)
    memo = credits_by_hand(market, 1000, "time")
    memos.void(memo=memo, reason="Wrong line", actor=market.actor(), now=moment(date(2026, 5, 11)))
    sold.cancel(date(2026, 5, 15))
    bill(market, date(2026, 5, 20))
    assert credited() == [1600]


def test_a_reason_that_changes_does_not_rewrite_what_was_issued(market: Market) -> None:
    sold = in_may(market)
    memo = credits_by_hand(market, 1000, "price")
    CreditReason.objects.update(counts_as="nothing")
    with pytest.raises(IntegrityError, match="i10_issued_is_frozen"), transaction.atomic():
        CreditMemo.objects.filter(pk=memo.pk).update(counts_as="time")
    sold.cancel(date(2026, 5, 15))
    bill(market, date(2026, 5, 20))
    assert credited() == [1084]
    assert set(CreditMemo.objects.filter(source="automatic").values_list("counts_as", flat=True)) == {""}


def test_what_goodwill_cuts_off_is_explained_and_no_exception(market: Market) -> None:
    sold = in_may(market)
    credits_by_hand(market, 2000, "nothing")
    sold.cancel(date(2026, 5, 15))
    bill(market, date(2026, 5, 20))
    assert credited() == [1100]
    assert not BillingException.objects.exists()
    steps = CreditMemo.objects.get(source="automatic").lines.get().credits.get().how["steps"]
    assert ["had", 1600, 1100] in steps


def test_cut_after_cut_with_credit_between(market: Market) -> None:
    """31.00; 10.00 back on the 21st; then 5.00 off the price; ended on the 11th: 26.00 - 10.00 - 9.23 = 6.77."""
    sold = in_may(market)
    sold.cancel(date(2026, 5, 21))
    bill(market, date(2026, 5, 22))
    credits_by_hand(market, 500, "price", date(2026, 5, 22))
    sold.cancel(date(2026, 5, 11), heard=False)
    sold.hear("cancellation", f"{sold.key}:again", date(2026, 5, 11))
    bill(market, date(2026, 5, 23))
    assert credited() == [1000, 677]


def test_statements_do_not_depend_on_how_many_charges_there_are(market: Market) -> None:
    for number in range(4):
        subscribe(market, plan(market, product=f"Suite {number}"), start=MAY + timedelta(days=number))
    bill(market, MAY + timedelta(days=9))
    keys = list(Charge.objects.values_list("key", flat=True))
    counts = set()
    for some in (keys[:1], keys):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            charges_named(market.marketplace.pk, some)
        counts.add(len(queries))
    assert counts == {4}
