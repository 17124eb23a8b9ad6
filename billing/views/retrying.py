"""What the pages say that let failed billing be tried again."""

from collections.abc import Callable

from django.utils.translation import ngettext

from billing.operations.running import Retried
from web.views.calling import called


def retrying(call: Callable[[], Retried]) -> Retried:
    """One call as a form makes it: retried whole, refused in words."""
    found = called(lambda: {"retried": call()})["retried"]
    assert isinstance(found, Retried)  # noqa: S101 - it was put in above
    return found


def left_out(count: int) -> str:
    """How many stay as they are, since nobody bills their own company."""
    text = ngettext(
        "%(n)s was left unchanged: you belong to its company. Ask somebody else.",
        "%(n)s were left unchanged: you belong to their companies. Ask somebody else.",
        count,
    )
    return text % {"n": count}
