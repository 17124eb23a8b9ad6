"""Who a request comes from, through no, one and two proxies of ours."""

from typing import Any

import pytest
from django.test import RequestFactory, override_settings

from core.clients import client_address, line_of, network_of, read_address

CLIENT, OUTER, INNER = "203.0.113.7", "198.51.100.1", "10.0.0.2"


def seen(peer: str, header: str | None, *, proxies: int) -> str | None:
    extra: dict[str, Any] = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **extra)
    with override_settings(PROXIES=proxies):
        found = client_address(request)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("proxies", "peer", "header", "client"),
    [
        (0, CLIENT, None, CLIENT),
        (0, CLIENT, "1.1.1.1", CLIENT),  # forged: nobody of ours wrote it
        (0, CLIENT, "1.1.1.1, 2.2.2.2", CLIENT),
        (1, OUTER, CLIENT, CLIENT),
        (1, OUTER, f"1.1.1.1, {CLIENT}", CLIENT),  # forged, and then ours
        (1, OUTER, f"1.1.1.1, 2.2.2.2, 3.3.3.3, {CLIENT}", CLIENT),
        (1, CLIENT, None, CLIENT),  # short: asked the application itself
        (1, CLIENT, "", CLIENT),
        (1, CLIENT, " , ", CLIENT),
        (2, INNER, f"{CLIENT}, {OUTER}", CLIENT),
        (2, INNER, f"1.1.1.1, {CLIENT}, {OUTER}", CLIENT),
        (2, INNER, f"{'1.1.1.1, ' * 500}{CLIENT}, {OUTER}", CLIENT),
        (2, INNER, CLIENT, CLIENT),  # short: through the inner one only
        (2, CLIENT, None, CLIENT),
        (1, OUTER, "unknown", None),
        (1, OUTER, f"{CLIENT}, nonsense", None),  # what ours wrote counts, or nothing
        (0, "", None, None),  # a socket that is a file
        (1, "", CLIENT, CLIENT),
    ],
)
def test_the_client_is_who_the_outermost_proxy_saw(proxies: int, peer: str, header: str | None, client: str) -> None:
    assert seen(peer, header, proxies=proxies) == client


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7:51234", "203.0.113.7"), ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"), (' "203.0.113.7" ', "203.0.113.7"), ("2001:DB8:0::1", "2001:db8::1"),
        ("", None), ("unknown", None), ("_hidden", None), ("203.0.113", None), ("203.0.113.256", None), ("[", None),
        ("1" * 100_000, None),
    ],
)  # fmt: skip
def test_addresses_are_read_in_all_their_forms(text: str, address: str | None) -> None:
    found = read_address(text)
    assert (None if found is None else str(found)) == address


def test_a_line_and_its_neighbourhood() -> None:
    four, six = read_address(CLIENT), read_address("2001:db8:1:2:3::4")
    assert four is not None
    assert six is not None
    assert (line_of(four), network_of(four)) == ("203.0.113.7/32", "203.0.113.0/24")
    assert (line_of(six), network_of(six)) == ("2001:db8:1:2::/64", "2001:db8:1::/48")
