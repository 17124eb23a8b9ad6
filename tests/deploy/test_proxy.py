"""Behind nginx as docs/deploy.md sets it up: TLS, the client's own address, uploads larger than nginx allows by itself."""

import http.client
import re
import socket
import ssl
import warnings
from collections.abc import Iterator
from urllib.parse import urlencode

import psycopg
import pytest

from tests.deploy.installation import OPENING, Host
from tests.deploy.proxy import NAME, Proxy, find_nginx
from tests.support.postgres import PostgresServer
from tests.support.work import until

pytestmark = pytest.mark.deploy
BEHIND = (*OPENING[:2], "Market behind a proxy", *OPENING[3:])
"""A marketplace of its own, so that there is a form to sign in by."""
FORGED = "198.51.100.7"


@pytest.fixture(scope="module")
def behind(hosts: list[Host], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Host]]:
    """A web server that trusts one proxy, and nginx in front of it."""
    program, folder = find_nginx(), tmp_path_factory.mktemp("behind")
    if program is None:
        warnings.warn("nginx is not here and cannot be installed: nothing was tried behind it", stacklevel=1)
        pytest.skip("no nginx")
    values = {"OFFSET_PROXIES": "1", "OFFSET_HTTPS": "yes", "OFFSET_HOSTS": NAME}
    host = Host(folder / "c", {**hosts[0].variables, **values}, hosts[0].owner_url)
    host.offset("prepare")
    host.offset(*BEHIND)
    host.start("web")
    proxy = Proxy(program, folder, host.port)
    until(lambda: ask(proxy, "GET", "/sign-in/")[0] == http.HTTPStatus.OK, what="nginx and the web server")
    yield proxy, host
    proxy.stop()
    host.stop()


def ask(
    proxy: Proxy, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str, http.client.HTTPMessage | None]:
    """One request over TLS, by the public name; 0 where nobody answers."""
    context = ssl.create_default_context(cafile=str(proxy.authority))
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=30)
    try:
        plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
        connection.sock = context.wrap_socket(plain, server_hostname=NAME)
        connection.request(method, path, body, {"Host": NAME, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.headers
    except OSError:
        return 0, "", None
    finally:
        connection.close()


def test_a_guess_counts_for_the_clients_own_address(behind: tuple[Proxy, Host], server: PostgresServer) -> None:
    proxy, _host = behind
    _status, page, headers = ask(proxy, "GET", "/sign-in/")
    assert headers is not None
    cookie = str(headers["Set-Cookie"]).partition(";")[0]
    assert cookie.startswith("__Host-csrf=")
    [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = urlencode({"csrfmiddlewaretoken": token, "username": "eve@example.com", "password": "guessed"}).encode()
    answer = ask(
        proxy, "POST", "/sign-in/", form, **{
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Referer": f"https://{NAME}/sign-in/",
            "X-Forwarded-For": FORGED,
        }
    )  # fmt: skip
    assert answer[0] == 422
    with psycopg.connect(server.url("offset")) as database:
        subjects = [row[0] for row in database.execute("SELECT subject FROM companies_failedattempts")]
    assert any("127.0.0.1/32" in subject for subject in subjects), subjects
    assert not any(FORGED in subject for subject in subjects)


def test_plain_http_is_sent_to_https(behind: tuple[Proxy, Host]) -> None:
    proxy, _host = behind
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=30)
    connection.request("GET", "/sign-in/", headers={"Host": NAME})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/sign-in/")
    connection.close()


def test_a_file_larger_than_nginx_takes_by_itself_reaches_the_product(behind: tuple[Proxy, Host]) -> None:
    proxy, _host = behind
    status, page, _headers = ask(proxy, "POST", "/billing/events/imports/new/", b"x" * 3_000_000)
    assert status == 403, page  # Without its token: the product's own answer.
