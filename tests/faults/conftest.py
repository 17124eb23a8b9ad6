"""The product's moving parts for one test: database, broker, mail server, relay and workers, all real."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from core.models import OutboxJob
from notifications import operations
from notifications.domain.kinds import kind_called
from tests.factories.world import NOW, Market, make_market
from tests.support.smtp import MailServer
from tests.support.valkey import Valkey
from tests.support.work import Process, until


@pytest.fixture
def env(
    child_environment: dict[str, str], valkey: Valkey, smtp: MailServer, tmp_path: Path, settings: Settings
) -> dict[str, str]:
    """What the processes are told; documents are where the test looks for them, too."""
    folder = tmp_path / "documents"
    changed = {**settings.STORAGES}
    changed["documents"] = {**changed["documents"], "OPTIONS": {"location": folder}}
    settings.STORAGES = changed
    return {
        **child_environment,
        "OFFSET_BROKER_URL": valkey.url,
        "OFFSET_SMTP_URL": smtp.url,
        "OFFSET_DOCUMENTS": str(folder),
    }


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Callable[..., Process]]:
    """Starts a process made by `worker` or `relay`; ends all of them with the test."""
    started: list[Process] = []

    def begin(make: Callable[..., Process], **given: object) -> Process:
        process = make(env, **given)
        process.start()
        started.append(process)
        return process

    yield begin
    for process in started:
        process.remove()


@pytest.fixture
def north(committed_db: object) -> Market:
    """A marketplace that mails its credit memos, to Acme's two admins."""
    market = make_market("north")
    operations.decide(
        kind=kind_called("credit_memo_pdf_created"),
        enabled=True,
        attach_pdf=True,
        cc=[],
        actor=market.actor(),
        now=NOW,
    )
    return market


def settled() -> bool:
    """Whether every job is closed."""
    return OutboxJob.objects.exists() and not OutboxJob.objects.open().exists()


def all_done() -> None:
    """Wait until every job is closed, and see that none was given up."""
    until(settled, what=str([(str(job), job.last_error, job.attempts) for job in OutboxJob.objects.open()]))
    assert not OutboxJob.objects.dead().exists()
