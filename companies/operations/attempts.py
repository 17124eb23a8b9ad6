"""Limits on guessing: per account and line, per line, per network and per account, each on its own.

Whoever guesses is stopped where they guess from, and nobody can keep others out: a line is stopped long before it
could spend what an account may take, an account is only slowed down, and every lock ends by itself: what is tried
meanwhile is neither looked at nor counted.

An attempt is counted before the password is looked at, and given back when it was right, so that a hundred guesses at
once are no more than a hundred one after another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import ngettext

from companies.domain.addresses import canonical
from companies.domain.refusals import TooManyAttempts
from companies.models import FailedAttempts, User
from core.clients import Address, line_of, network_of
from core.locking import claim, lock

WINDOW = timedelta(minutes=15)
"""Failures count together that lie in one such span."""
KEPT = timedelta(hours=1)
"""After that a count says nothing any more."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures in a window lock the subject for so long."""

    most: int
    lock: timedelta


PAIR = Limit(5, timedelta(minutes=15))
LINE = Limit(30, timedelta(minutes=15))
NETWORK = Limit(100, timedelta(minutes=15))
ACCOUNT = Limit(60, timedelta(minutes=1))
MAILS = Limit(10, timedelta(minutes=15))
"""Links that are asked for from one line."""


def take_attempt(account: str, client: Address | None, *, now: datetime) -> None:
    """Count a guess that is about to be made. Raises TooManyAttempts, and then counts nothing.

    A client whose address nobody knows counts for the account alone, so that it locks nobody else out.
    """
    _take(_limits(account, client), now)


@transaction.atomic
def give_back(account: str, client: Address | None) -> None:
    """The guess was right: it does not count, and what this account got wrong from this line is forgotten."""
    limits = _limits(account, client)
    for row in lock(FailedAttempts.objects.filter(subject__in=limits)):
        if limits[row.subject] is PAIR:
            row.delete()
        elif row.count == limits[row.subject].most:
            FailedAttempts.objects.filter(pk=row.pk).update(count=F("count") - 1, locked_until=None)
        elif row.count:
            FailedAttempts.objects.filter(pk=row.pk).update(count=F("count") - 1)


def confirm_password(user: User, password: str, client: Address | None, *, now: datetime) -> bool:
    """Whether this is the person's present password, under the limits of signing in. Raises TooManyAttempts."""
    take_attempt(user.email, client, now=now)
    is_right = user.check_password(password)
    if is_right:
        give_back(user.email, client)
    return is_right


def take_mail(client: Address | None, *, now: datetime) -> None:
    """Count a mail that a visitor asks for. Raises TooManyAttempts."""
    if client is not None:
        _take({f"mails {line_of(client)}": MAILS}, now)


def _limits(account: str, client: Address | None) -> dict[str, Limit]:
    name = canonical(account)
    found = {f"account {name}": ACCOUNT}
    if client is not None:
        found[f"line {line_of(client)}"] = LINE
        found[f"network {network_of(client)}"] = NETWORK
        found[f"pair {line_of(client)} {name}"] = PAIR
    return found


@transaction.atomic
def _take(limits: Mapping[str, Limit], now: datetime) -> None:
    FailedAttempts.objects.bulk_create(
        [FailedAttempts(subject=subject, since=now) for subject in sorted(limits)], ignore_conflicts=True
    )
    rows = lock(FailedAttempts.objects.filter(subject__in=limits))
    locked = max((row.locked_until for row in rows if row.locked_until and row.locked_until > now), default=None)
    if locked is not None:
        minutes = max(1, -(-int((locked - now).total_seconds()) // 60))
        text = ngettext(
            "Too many attempts. Please try again in a minute.",
            "Too many attempts. Please try again in %(n)s minutes.",
            minutes,
        )
        raise TooManyAttempts(text % {"n": minutes})
    for row in rows:
        _count(row, limits[row.subject], now)
    old = claim(FailedAttempts.objects.filter(since__lt=now - KEPT), 100)
    FailedAttempts.objects.filter(pk__in=[row.pk for row in old]).delete()


def _count(row: FailedAttempts, limit: Limit, now: datetime) -> None:
    if row.locked_until is not None or row.since <= now - WINDOW:
        row.count, row.since, row.locked_until = 0, now, None
    row.count += 1
    if row.count >= limit.most:
        row.locked_until = now + limit.lock
    row.save(update_fields=["count", "since", "locked_until"])
