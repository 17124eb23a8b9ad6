"""A restored copy holds what would leave it until somebody releases this copy, and no other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from core import consumer, outbox, restoring
from core.models import OutboxJob, RestoreRelease
from core.relay import lease
from tests.factories.world import NOW, Market, make_market
from tests.support.outbox import database, end_leases, handlers
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
BANNER = "This is a restored copy."


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture
def done(north: Market) -> Iterator[list[str]]:
    """What was done of an event two days old and one of today, each with work in the database and outside."""
    found: list[str] = []
    here = database("thing.done", "a.count", lambda job, _now: found.append(f"count {job.key}"))
    mail = outbox.Handler(
        "thing.done", "a.mail", lambda job, _now: found.append(f"mail {job.key}"), "outside", queue="mail", leaves=True
    )
    with handlers(here, mail), override_settings(RESTORED=True):
        for key, days in (("old", 2), ("new", 0)):
            with transaction.atomic():
                at = NOW - timedelta(days=days)
                outbox.publish(topic="thing.done", key=key, marketplace_id=north.marketplace.pk, payload={}, now=at)
        yield found


def work() -> None:
    """Hand out what is due, and run what nobody may hand out all the same."""
    lease()
    end_leases()
    for pk in OutboxJob.objects.order_by("pk").values_list("pk", flat=True):
        consumer.run(pk)


def test_only_work_in_the_database_goes_on(done: list[str]) -> None:
    assert {handout.handler for handout in lease()} == {"a.count"}
    work()
    assert done == ["count old", "count new"]
    ids = list(OutboxJob.objects.filter(handler="a.mail").values_list("pk", flat=True))
    assert consumer.run_together(ids) == 0
    assert set(OutboxJob.objects.filter(handler="a.mail").values_list("attempts", "done_at")) == {(0, None)}


def test_release_lets_all_go(done: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("release_restored")
    assert "Mails, and work that becomes mails, waiting: 2" in capsys.readouterr().out
    assert restoring.is_held()
    call_command("release_restored", "--release")
    work()
    assert sorted(done) == ["count new", "count old", "mail new", "mail old"]
    with pytest.raises(CommandError, match="released already"):
        call_command("release_restored", "--release")


def test_what_the_original_did_is_dropped(done: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("release_restored", "--drop-before", f"{NOW:%Y-%m-%d}")
    assert "1 dropped.\nMails, and work that becomes mails, left: 1" in capsys.readouterr().out
    work()
    assert sorted(done) == ["count new", "count old", "mail new"]
    assert OutboxJob.objects.dead().get().last_error.startswith("Dropped when the restored copy was released")


def test_another_copy_is_released_for_itself(done: list[str]) -> None:
    RestoreRelease.objects.create(database="another one")
    assert restoring.is_held()
    restoring.release()
    assert not restoring.is_held()
    with override_settings(RESTORED=False):
        call_command("tidy")
    assert restoring.is_held()


def test_an_original_holds_nothing(north: Market) -> None:
    assert not restoring.is_held()
    with pytest.raises(CommandError, match="no restored copy"):
        call_command("release_restored", "--release")


def test_staff_reads_that_mails_wait(north: Market, done: list[str]) -> None:
    assert BANNER in client_of(north.people["support"]).get("/failed-work/").content.decode()
    assert BANNER not in client_of(north.people["company_admin"]).get("/credit-memos/").content.decode()
    restoring.release()
    assert BANNER not in client_of(north.people["support"]).get("/failed-work/").content.decode()


def test_mails_what_plans_them_and_what_asks_providers_are_held_and_nothing_else() -> None:
    held = set(outbox.names_that_leave())
    assert set(outbox.names_in(["mail"])) <= held
    assert {"payments.create_charge", "payments.confirm_charge", "payments.send_refund"} <= held
    assert {"notifications.acting_alone", "notifications.invoice_pdf_created"} <= held
    assert {name.partition(".")[0] for name in held} == {"notifications", "payments"}
    assert {name for name in held if name.startswith("payments.")} == set(outbox.names_in(["payments"]))
