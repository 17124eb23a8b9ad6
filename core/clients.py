"""Who a request comes from: one way to read the client's address, for limits and logs (pure, but for the settings)."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
HEADER = "HTTP_X_FORWARDED_FOR"
LINE, NETWORK = {4: 32, 6: 64}, {4: 24, 6: 48}
"""Bits of one client's line, and of its neighbourhood: an IPv6 line is a whole /64."""


def client_address(request: HttpRequest) -> Address | None:
    """The address of the client that the outermost of our ``PROXIES`` saw; None when nobody can tell.

    Each proxy adds its peer at the end of the header, so with n of them the client is the n-th from the end; what
    stands before was sent by the client and may be anything. A header that is too short was filled by our own alone,
    so its first entry counts. Without proxies the header counts for nothing.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    proxies: int = settings.PROXIES
    if proxies == 0:
        return read_address(peer)
    told = [text for text in str(request.META.get(HEADER) or "").rsplit(",", proxies) if text.strip()]
    return read_address(told[-proxies:][0]) if told else read_address(peer)


def read_address(text: str) -> Address | None:
    """The address that a header or a socket names, without port, brackets, zone and the form of mapped IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def line_of(address: Address) -> str:
    """The address as limits count it: IPv4 whole, of IPv6 the /64 that one line has for itself."""
    return str(ip_network((address, LINE[address.version]), strict=False))


def network_of(address: Address) -> str:
    """The neighbourhood of an address: its /24, of IPv6 its /48."""
    return str(ip_network((address, NETWORK[address.version]), strict=False))
