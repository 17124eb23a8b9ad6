"""Jobs that share a message: one lease for all, each closed or failed alone, and nobody held up by the many."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from companies.models import Marketplace
from core import consumer, outbox, relay
from core.clock import database_now
from core.models import OutboxJob
from core.relay import Handout
from core.tasks import messages
from tests.support.outbox import database, end_leases, handlers, outside
from tests.support.threads import together as at_once

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Press:
    """An outside handler that takes jobs four at a time and does as it is told."""

    def __init__(self) -> None:
        self.begun: list[list[int]] = []
        self.ran: list[int] = []
        self.fail: dict[int, Exception] = {}
        self.unprepared: Exception | None = None
        self.work: outbox.Work = self.run
        self.handler = outbox.Handler(
            "page.wanted", "a.print", self.run, "outside", 30, "documents", batch=4, together=self.together
        )

    def together(self, jobs: Sequence[OutboxJob]) -> outbox.Work:
        if self.unprepared:
            raise self.unprepared
        self.begun.append([job.payload["n"] for job in jobs])
        return self.work

    def run(self, job: OutboxJob, _now: datetime) -> None:
        self.ran.append(job.payload["n"])
        if job.payload["n"] in self.fail:
            raise self.fail[job.payload["n"]]


@pytest.fixture
def press(committed_db: object) -> Iterator[Press]:
    found = Press()
    with handlers(found.handler, outside("letter.wanted", "a.mail", lambda _job, _now: None)):
        yield found


@pytest.fixture
def market(press: Press) -> Marketplace:
    return Marketplace.objects.create(code="north", name="North", currency="EUR")


def want(count: int, market: Marketplace, topic: str = "page.wanted", *, bulk: bool = False) -> list[int]:
    """Publish so many events; the ids of their jobs."""
    before = set(OutboxJob.objects.values_list("pk", flat=True))
    with transaction.atomic():
        for n in range(count):
            outbox.publish(
                topic=topic, key=f"{len(before)}:{n}", marketplace_id=market.pk, payload={"n": n}, now=NOW, bulk=bulk
            )
    return sorted(set(OutboxJob.objects.values_list("pk", flat=True)) - before)


def states() -> list[str]:
    return [job.state for job in OutboxJob.objects.order_by("pk")]


def test_jobs_of_one_handler_share_messages_and_others_go_alone(market: Marketplace) -> None:
    pages, letters = want(6, market), want(2, market, "letter.wanted")
    sent = [[handout.job_id for handout in message] for message in messages(relay.lease())]
    assert sorted(sent) == sorted([pages[:4], pages[4:], *([pk] for pk in letters)])


def test_what_was_tried_before_goes_alone(market: Marketplace) -> None:
    handouts = [Handout(pk, "page.wanted", "a.print", 1, attempts) for pk, attempts in ((1, 0), (2, 3), (3, 0))]
    assert [[each.job_id for each in message] for message in messages(handouts)] == [[2], [1, 3]]


def test_a_handler_inside_transactions_cannot_share_a_lease() -> None:
    shared = outbox.Handler("page.wanted", "a.wrong", lambda _job, _now: None, "database", 30, "default", batch=2)
    with pytest.raises(ValueError, match="share one lease"):
        outbox.register(shared)


def test_all_are_prepared_at_once_and_closed_one_by_one(market: Marketplace, press: Press) -> None:
    ids = want(4, market)
    assert consumer.run_together(ids) == 4
    assert (press.begun, press.ran, states()) == ([[0, 1, 2, 3]], [0, 1, 2, 3], ["done"] * 4)
    assert set(OutboxJob.objects.values_list("attempts", "token")) == {(1, None)}


def test_one_that_fails_concerns_itself(market: Marketplace, press: Press) -> None:
    press.fail = {1: OSError("disk full"), 2: outbox.Permanent("never")}
    assert consumer.run_together(want(4, market)) == 2
    assert states() == ["done", "open", "dead", "done"]
    waiting = OutboxJob.objects.open().get()
    assert (waiting.attempts, waiting.token, "disk full" in waiting.last_error) == (1, None, True)


def test_when_they_cannot_be_prepared_each_runs_apart(market: Marketplace, press: Press) -> None:
    press.unprepared = KeyError("one of them has no content")
    press.fail = {2: KeyError("it is this one")}
    assert consumer.run_together(want(4, market)) == 3
    assert states() == ["done", "done", "open", "done"]


def test_a_second_message_finds_nothing_to_do(market: Marketplace, press: Press) -> None:
    ids = want(4, market)
    relay.lease()
    inner: list[int] = []

    def again(job: OutboxJob, _now: datetime) -> None:
        inner.append(consumer.run_together(ids))
        inner.append(consumer.run(ids[-1]))

    press.work = again
    assert consumer.run_together(ids) == 4
    assert inner == [0, 0] * 4


def test_the_lease_lasts_for_all_of_them_and_the_relay_keeps_off(market: Marketplace, press: Press) -> None:
    ids = want(2, market)
    left: list[timedelta] = []

    def look(_job: OutboxJob, _now: datetime) -> None:
        left.append(OutboxJob.objects.get(pk=ids[1]).next_at - database_now())
        assert relay.lease() == []

    press.work = look
    consumer.run_together(ids)
    least = timedelta(seconds=press.handler.limit + consumer.TURN + consumer.GRACE - 2)
    assert all(each > least for each in left)


def test_what_has_not_begun_when_the_turn_is_over_is_given_back_uncounted(
    market: Marketplace, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = want(3, market)
    monkeypatch.setattr(consumer, "TURN", 0)
    assert consumer.run_together(ids) < 3
    back = OutboxJob.objects.open()
    assert set(back.values_list("attempts", "handed", "token")) == {(0, 0, None)}
    assert back.due(database_now()).count() == back.count() > 0


def test_a_run_that_died_leaves_its_jobs_to_be_handed_out_one_by_one(market: Marketplace, press: Press) -> None:
    class Died(BaseException):
        """What a killed process looks like to the database: nothing more comes."""

    ids = want(3, market)

    def die(job: OutboxJob, _now: datetime) -> None:
        if job.payload["n"] == 1:
            raise Died

    press.work = die
    with pytest.raises(Died):
        consumer.run_together(ids)
    assert states() == ["done", "open", "open"]
    assert relay.lease() == []
    end_leases()
    assert [[each.job_id for each in message] for message in messages(relay.lease())] == [[ids[1]], [ids[2]]]
    press.work = press.run
    assert [consumer.run(pk) for pk in ids[1:]] == [True, True]


def test_a_result_that_comes_after_the_lease_is_dropped(market: Marketplace, press: Press) -> None:
    ids = want(2, market)

    def lose(job: OutboxJob, _now: datetime) -> None:
        OutboxJob.objects.filter(pk=job.pk).update(token=None, next_at=database_now())

    press.work = lose
    assert consumer.run_together(ids) == 0
    assert states() == ["open", "open"]


@pytest.mark.race
@pytest.mark.postgres
def test_two_workers_with_the_same_message_do_each_job_once(market: Marketplace, press: Press) -> None:
    ids = want(4, market)
    done = at_once([lambda: consumer.run_together(ids) == 4] * 4)
    assert set(done) <= {True, False}
    assert set(states()) == {"done"}
    assert sorted(press.ran) == [0, 1, 2, 3]


def test_bulk_work_waits_behind_what_people_did(market: Marketplace) -> None:
    run = want(3, market, bulk=True)
    by_hand = want(2, market)
    assert [handout.job_id for handout in relay.lease(limit=3)] == [*by_hand, run[0]]


def test_a_full_queue_holds_up_no_other(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "WINDOW", 3)
    want(8, market)
    with handlers(database("note.made", "a.note", lambda _job, _now: None)):
        notes = want(2, market, "note.made")
        assert len(relay.lease()) == 5
        want(2, market)
        more = want(1, market, "note.made")
        assert [handout.job_id for handout in relay.lease()] == more
        assert OutboxJob.objects.filter(pk__in=[*notes, *more]).first()


def test_a_marketplaces_answer_is_asked_for_once_in_a_batch(market: Marketplace, press: Press) -> None:
    asked: list[int] = []

    def wanted(marketplace_id: int) -> bool:
        asked.append(marketplace_id)
        return True

    listener = outbox.Handler(
        "page.printed", "a.tell", lambda _job, _now: None, "database", 30, "default", wanted=wanted
    )

    def tell(job: OutboxJob, _now: datetime) -> outbox.Recorder:
        def record() -> None:
            outbox.publish(topic="page.printed", key=f"{job.pk}", marketplace_id=market.pk, payload={}, now=NOW)

        return record

    press.work = tell
    with handlers(listener):
        consumer.run_together(want(4, market))
        assert (len(asked), OutboxJob.objects.filter(topic="page.printed").count()) == (1, 4)
        with transaction.atomic():
            outbox.publish(topic="page.printed", key="later", marketplace_id=market.pk, payload={}, now=NOW)
    assert len(asked) == 2
