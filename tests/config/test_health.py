"""What the web server says of itself: to proxies that ask, in its log, and to people while a part is away."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from tests.factories.world import make_market
from tests.support import databases
from tests.support.databases import Copy
from tests.support.valkey import Valkey
from tests.support.visits import client_of
from tests.support.webserver import WebServer

TOKEN = "set-password/Mg/cvk9xx-0123456789abcdef0123456789abcdef"


@pytest.fixture
def server(committed_db: Copy, valkey: Valkey, tmp_path: Path) -> Iterator[WebServer]:
    started = WebServer(tmp_path, DATABASE_URL=committed_db.url, OFFSET_BROKER_URL=valkey.url)
    started.start()
    yield started
    started.stop()


def send_away(copy: Copy) -> None:
    """Nobody can open the database any more, and who was connected is not."""
    connections["default"].close()
    if not databases.is_postgres():
        Path(copy.name).rename(f"{copy.name}.away")
        Path(copy.name).mkdir()
        return
    parts = connections["default"].get_connection_params()
    wanted = {key: parts[key] for key in ("host", "user") if key in parts}
    with psycopg.connect(**wanted, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{copy.name}" WITH ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [copy.name])


def bring_back(copy: Copy) -> None:
    if not databases.is_postgres():
        Path(copy.name).rmdir()
        Path(f"{copy.name}.away").rename(copy.name)
        return
    parts = connections["default"].get_connection_params()
    wanted = {key: parts[key] for key in ("host", "user") if key in parts}
    with psycopg.connect(**wanted, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{copy.name}" WITH ALLOW_CONNECTIONS true')


def test_parts_that_are_away(server: WebServer, committed_db: Copy, valkey: Valkey) -> None:
    """Health asks before hosts and HTTPS; a page needs the database and no broker."""
    assert server.ask("/health/live", Host="10.0.0.1")[::2] == (200, "ok")
    assert server.ask("/health/ready", Host="10.0.0.1")[::2] == (200, "ok")
    assert server.ask("/sign-in/", Host="10.0.0.1")[0] == 400

    valkey.stop()
    assert wait_for(server, 503) == "not ready"
    assert "'broker'" in server.lines(logger="core.health")[-1]["message"]
    assert server.page("/sign-in/")[0] == 200

    send_away(committed_db)
    status, headers, body = server.page("/", Cookie="__Host-offset=somebody")
    assert (status, headers["Retry-After"]) == (503, "10")
    assert "The database can't be reached right now." in body
    assert headers["X-Request-ID"] in body
    told = server.lines(request=headers["X-Request-ID"])
    assert [(line["logger"], line["level"], "error" in line) for line in told] == [
        ("django.request", "warning", False),
        ("offset.access", "info", False),
    ]
    assert told[0]["message"].startswith("the database is away: ")
    assert server.ask("/health/live")[0] == 200
    assert wait_for(server, 503) == "not ready"

    bring_back(committed_db)
    valkey.start()
    assert wait_for(server, 200) == "ok"
    assert server.page("/sign-in/")[0] == 200


def wait_for(server: WebServer, status: int) -> str:
    """What `/health/ready` says once it answers so; it may say for a second what was true before."""
    for _ in range(2000):
        found, _headers, body = server.ask("/health/ready")
        if found == status:
            return body
    raise AssertionError(f"it goes on answering {found}")


def test_a_database_of_another_version_is_not_ready(server: WebServer) -> None:
    """One that became so while the server ran: with such a one it does not start."""
    assert wait_for(server, 200) == "ok"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core' AND name = '0001_initial'")
    assert wait_for(server, 503) == "not ready"
    assert "core.0001_initial" in server.lines(logger="core.health")[-1]["message"]


def test_lines_of_requests(server: WebServer) -> None:
    market = make_market("north")
    manager = market.people["manager"]
    cookie = f"__Host-offset={client_of(manager).cookies[settings.SESSION_COOKIE_NAME].value}"

    _status, headers, _body = server.page("/credit-memos/?search=a+secret", Cookie=cookie, X_Request_ID="from-nginx-1")
    assert headers["X-Request-ID"] == "from-nginx-1"
    (line,) = server.lines(request="from-nginx-1")
    assert {name: line[name] for name in ("method", "path", "status", "person", "marketplace")} == {
        "method": "GET",
        "path": "/credit-memos/",
        "status": 200,
        "person": manager.user.pk,
        "marketplace": market.marketplace.pk,
    }
    assert line["seconds"] > 0

    made = server.page(f"/{TOKEN}/", X_Request_ID="<script>")[1]["X-Request-ID"]
    assert made.isalnum()
    assert [line["path"] for line in server.lines(request=made)] == ["/set-password/Mg/.../"]

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_savedfilter RENAME TO gone")
    status, headers, body = server.page("/saved-filters/", Cookie=cookie)
    assert status == 500
    assert headers["X-Request-ID"] in body
    told = server.lines(request=headers["X-Request-ID"])
    assert [("error" in line, line["level"], line.get("status")) for line in told] == [
        (True, "error", None),
        (False, "info", 500),
    ]
    log = server.log.read_text()
    assert "secret" not in log
    assert TOKEN[-32:] not in log
