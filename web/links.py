"""Query strings: everything a list shows is in its address."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme


def changed_query(current: QueryDict, changes: Mapping[str, object]) -> str:
    """``current`` with ``changes`` as a query string with its question mark; a None takes the key out."""
    pairs = [(key, value) for key, values in current.lists() if key not in changes for value in values]
    pairs += [(key, str(value)) for key, value in changes.items() if value is not None]
    return f"?{urlencode(pairs)}"


def tidy(current: QueryDict, defaults: Mapping[str, str]) -> str:
    """The query string without empty values and without what is so anyway; nothing at all when nothing is left."""
    pairs = [
        (key, value) for key, values in current.lists() for value in values if value and value != defaults.get(key)
    ]
    return f"?{urlencode(pairs)}" if pairs else ""


def back_to(request: HttpRequest) -> str:
    """The page that a small form was sent from, if it is one of ours; else the start."""
    referer = urlsplit(request.headers.get("Referer", ""))
    url = request.POST.get("next") or referer._replace(scheme="", netloc="").geturl()
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if is_ours else "/"
