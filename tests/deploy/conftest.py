"""The installation that the tests of this folder share, in the order of their files, and a browser in front of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.deploy.installation import SENDER, Database, Host
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - the same browser
from tests.journeys.office import Office
from tests.support.postgres import PostgresServer
from tests.support.smtp import MailServer
from tests.support.valkey import Valkey


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of its own, empty."""
    made = PostgresServer()
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def mails() -> Iterator[MailServer]:
    """Where the installation sends its mails."""
    made = MailServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def broker() -> Iterator[Valkey]:
    """What carries its work."""
    made = Valkey()
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def hosts(
    tmp_path_factory: pytest.TempPathFactory, server: PostgresServer, mails: MailServer, broker: Valkey
) -> Iterator[list[Host]]:
    """Two hosts with data folders of their own, one database, one place for documents; migrated, nothing started."""
    folder = tmp_path_factory.mktemp("installation")
    database = Database(server)
    made = [Host(folder / name, values(database, folder, mails, broker), database.url(database.owner)) for name in "ab"]
    made[0].offset("migrate", "--verbosity", "0")
    made[0].offset("grant_app_role", database.app)
    for host in made:
        host.offset("prepare")
    yield made
    for host in made:
        host.stop()


def values(database: Database, folder: Any, mails: MailServer, broker: Valkey) -> dict[str, str]:
    """What the environment file of every host says."""
    return {
        "DATABASE_URL": database.url(database.app),
        "OFFSET_BROKER_URL": broker.url,
        "OFFSET_SMTP_URL": mails.url,
        "OFFSET_MAIL_FROM": SENDER,
        "OFFSET_DOCUMENTS": str(folder / "documents"),
        "OFFSET_UPLOADS": str(folder / "uploads"),
        "OFFSET_SECRET_KEY": "the same on every host of this installation",
        "OFFSET_HOSTS": "127.0.0.1",
        "OFFSET_ORIGINS": "",
        "OFFSET_PUBLIC_URL": "http://127.0.0.1:8000",
        "OFFSET_PROXIES": "0",
        "OFFSET_HTTPS": "no",
    }


@pytest.fixture
def office(browser: Browser, hosts: list[Host]) -> Iterator[Office]:
    """People's windows, in front of the first host's web server."""
    options = {"base_url": hosts[0].address, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
    opened = Office(browser, options, {})
    yield opened
    opened.close()
