"""Numbers of payments: each marketplace's own, one by one, also when many record at once."""

from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from invoices.models import Invoice
from payments.domain.refusals import OverPayment
from payments.models import Payment, PaymentNumbers
from payments.operations import Received, numbering, receiving, record_payment, settle_payment
from tests.factories.payments import receive
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, TODAY, Market, issue_invoice, key
from tests.support.damage import run
from tests.support.races import THREADS, Meeting, bare_race, deadlocks, race


def numbers(market: Market) -> list[int]:
    rows = Payment.objects.filter(marketplace=market.marketplace).order_by("pk")
    return list(rows.values_list("number", flat=True))


def broken(**_entries: object) -> None:
    raise ZeroDivisionError


def take_one_and_commit(market: Market) -> None:
    numbering.take_number(market.marketplace.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def take_two(market: Market) -> None:
    for _ in range(2):
        numbering.take_number(market.marketplace.pk)


def receiving_money(market: Market, *wanted: tuple[Invoice, int]) -> Callable[[], object]:
    return lambda: receive(market, 2_00, *wanted)


@pytest.mark.django_db
class TestOneByOne:
    def test_each_marketplace_counts_its_own(self, market: Market, south: Market) -> None:
        names = [receive(each, 10_00).name for each in (market, south, market, market, south)]
        assert names == ["P-000001", "P-000001", "P-000002", "P-000003", "P-000002"]

    def test_a_refused_one_takes_no_number(self, market: Market) -> None:
        receive(market, 10_00)
        invoice = issue_invoice(market)
        with pytest.raises(OverPayment), transaction.atomic():
            receive(market, 10_00, (invoice, 20_00))
        assert PaymentNumbers.objects.get().last_number == 1
        assert receive(market, 10_00).number == 2

    def test_what_fails_after_its_number_was_taken_gives_it_back(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receive(market, 10_00)
        with monkeypatch.context() as patched:
            patched.setattr(receiving, "post", broken)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                receive(market, 10_00)
        assert numbers(market) == [1]
        assert receive(market, 10_00).number == 2

    def test_one_that_was_pending_keeps_its_number(self, market: Market) -> None:
        pending = receive(market, 10_00, is_pending=True)
        receive(market, 10_00)
        settled = settle_payment(payment=pending, amount=10_00, value_date=TODAY, actor=market.actor(), now=NOW)
        assert (settled.number, numbers(market)) == (1, [1, 2])

    def test_a_request_that_is_sent_again_has_one_number(self, market: Market) -> None:
        token, account = key(), market.account()
        received = Received(10_00, means="transfer", value_date=TODAY)
        first, again = (
            record_payment(account=account, received=received, actor=market.actor(), now=NOW, key=token)
            for _ in range(2)
        )
        assert (first.pk, first.number, again.number) == (again.pk, 1, 1)
        assert receive(market, 10_00).number == 2


@pytest.mark.django_db
class TestTheDatabaseHolds:
    @pytest.mark.parametrize(
        ("statement", "guard"),
        [
            ("UPDATE payments_payment SET number = 7", "i22_payment_is_frozen"),
            ("UPDATE payments_paymentnumbers SET last_number = 4", "i12_counter_moves_on"),
            ("UPDATE payments_paymentnumbers SET last_number = 1", "i12_counter_moves_on"),
            ("DELETE FROM payments_paymentnumbers", "i13_append_only"),
        ],
    )
    def test_neither_number_nor_counter_is_changed(self, market: Market, statement: str, guard: str) -> None:
        receive(market, 10_00)
        receive(market, 10_00)
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            run(statement)
        assert (numbers(market), PaymentNumbers.objects.get().last_number) == ([1, 2], 2)

    def test_a_step_that_nobody_used_ends_the_numbers(self, market: Market) -> None:
        receive(market, 10_00)
        with pytest.raises(IntegrityError, match="i12_gap"), transaction.atomic():
            take_two(market)

    @pytest.mark.postgres
    def test_postgresql_looks_again_at_commit(self, market: Market) -> None:
        receive(market, 10_00)
        with pytest.raises(IntegrityError, match="i12_gap"), transaction.atomic():
            take_one_and_commit(market)

    def test_a_counter_begins_with_one(self, market: Market) -> None:
        with pytest.raises(IntegrityError, match="i12_counter_starts_at_one"), transaction.atomic():
            PaymentNumbers.objects.create(marketplace=market.marketplace, last_number=2)

    def test_a_number_comes_from_the_counter(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        receive(market, 10_00)
        monkeypatch.setattr(receiving, "take_number", lambda _marketplace: 3)
        with pytest.raises(IntegrityError, match="i12_number_from_counter"), transaction.atomic():
            receive(market, 10_00)


@pytest.mark.race
@pytest.mark.postgres
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def no_deadlock(self, scenario: Scenario) -> Iterator[None]:
        yield
        assert deadlocks() == 0

    def test_each_gets_a_number_of_its_own(self, scenario: Scenario) -> None:
        market = scenario.market
        invoice = issue_invoice(market)
        works = [receiving_money(market, *[(invoice, 1_00)] * (at % 2)) for at in range(THREADS)]
        ends = race(works)
        assert ends == {"done": THREADS}
        assert sorted(numbers(market)) == list(range(1, THREADS + 1))
        assert PaymentNumbers.objects.get().last_number == THREADS

    def test_without_the_counter_s_lock_the_database_stops_it(
        self, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        market, meeting = scenario.market, Meeting()
        receive(market, 1_00)

        def read_and_write(marketplace_id: int) -> int:
            last = PaymentNumbers.objects.get(marketplace_id=marketplace_id).last_number
            meeting.wait()
            PaymentNumbers.objects.filter(marketplace_id=marketplace_id).update(last_number=last + 1)
            return last + 1

        monkeypatch.setattr(receiving, "take_number", read_and_write)
        ends = bare_race([receiving_money(market)] * THREADS, meeting)
        assert ends == {"done": 1, "i12_counter_moves_on": THREADS - 1}
        assert numbers(market) == [1, 2]
