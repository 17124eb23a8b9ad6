"""Fixtures for all tests. A test takes `db` and is rolled back, or `committed_db` and has a database of its own."""

from tests.support import environment

environment.prepare()  # Before anything imports Django's settings.

import django  # noqa: E402

django.setup()  # Before a conftest further down imports a model.

import gc  # noqa: E402
import os  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from datetime import timedelta  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402
import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import translation  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker  # noqa: E402

from core import labels  # noqa: E402
from tests.factories.scenario import Scenario, tell  # noqa: E402
from tests.factories.world import NOW, Market, make_market  # noqa: E402
from tests.support import choosing, databases  # noqa: E402
from tests.support.books import assert_books_balance  # noqa: E402
from tests.support.databases import Copy, Template  # noqa: E402
from tests.support.smtp import MailServer  # noqa: E402
from tests.support.valkey import Valkey  # noqa: E402
from tests.support.visits import client_of  # noqa: E402

STEPS = 30
LONG_EXAMPLES = 1700  # x 30 steps: more than 50,000


def pytest_configure(config: pytest.Config) -> None:
    """Refuse words that no app says; make passwords quick to check; choose how far the property tests look."""
    labels.is_strict = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    long = bool(os.environ.get("OFFSET_TEST_LONG"))
    hypothesis.settings.register_profile(
        "offset",
        max_examples=LONG_EXAMPLES if long else 25 if databases.is_postgres() else 100,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=not long,  # The daily suite says the same thing twice about the same code.
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
    )
    hypothesis.settings.load_profile("offset")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage as the web server does: what is loaded by now stays, thousands of tests included."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take away what the processes of this run had in common; the one that began it ends last."""
    if not hasattr(config, "workerinput"):
        Template().drop_shared()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests that would flush; leave out what `tests.support.choosing` says."""
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        choosing.refuse_what_flushes(item)
        (kept if choosing.is_wanted(item) else left).append(item)
    items[:] = kept
    if left:
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def template(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Template]:
    """The migrated database that every other one is a copy of."""
    with django_db_blocker.unblock():
        made = Template()
        made.build()
    yield made
    with django_db_blocker.unblock():
        made.drop_all()


@pytest.fixture(scope="session")
def django_db_setup(template: Template, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests that are rolled back, instead of the one that pytest-django would make."""
    with django_db_blocker.unblock(), databases.using(template, template.copy()):
        yield


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest, django_db_setup: None, template: Template, django_db_blocker: DjangoDbBlocker
) -> Iterator[Copy]:
    """An own copy of the migrated database, where commits are real and other connections see them.

    For a test that takes `scenario` too, it is a copy of the database in which that was told.
    """
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("take either `db` or `committed_db`")
    source = request.getfixturevalue("told")[0].name if "scenario" in request.fixturenames else None
    with django_db_blocker.unblock(), databases.using(template, template.copy(source)) as copy:
        yield copy


@pytest.fixture(scope="session")
def told(template: Template, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> tuple[Copy, Scenario]:
    """The database in which the scenario was told once, for copies."""
    copy = template.copy()
    with django_db_blocker.unblock(), databases.visiting(copy):
        return copy, tell()


@pytest.fixture
def scenario(committed_db: Copy, told: tuple[Copy, Scenario]) -> Scenario:
    """Documents in every state, committed; `refresh_from_db` reads what became of one."""
    return told[1]


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A page visited in another language leaves that one active in the thread; the next test starts in the default."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def books(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that had a database, the books must balance (`damage` marks those that break them)."""
    committed = "committed_db" in request.fixturenames
    if committed:
        request.getfixturevalue("committed_db")
    elif "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
    else:
        yield
        return
    yield
    if not request.node.get_closest_marker("damage"):
        assert_books_balance()


@pytest.fixture
def market(db: None) -> Market:
    """The marketplace that a test is about."""
    return make_market()


@pytest.fixture
def south(db: None) -> Market:
    """Another marketplace, whose people are strangers."""
    return make_market("south")


@pytest.fixture
def manager(market: Market) -> Client:
    """The marketplace's manager, signed in."""
    return client_of(market.people["manager"])


@pytest.fixture
def twenty_days_later() -> Iterator[None]:
    """It is twenty days after most documents were issued: some are overdue."""
    with time_machine.travel(NOW + timedelta(days=20), tick=False):
        yield


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A running Valkey of the test's own."""
    server = Valkey()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    """A running mail server of the test's own."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def child_environment(committed_db: Copy) -> dict[str, str]:
    """The environment for processes of the product that work on the test's own database."""
    return {**os.environ, "DATABASE_URL": committed_db.url, "PYTHONWARNINGS": "default"}
