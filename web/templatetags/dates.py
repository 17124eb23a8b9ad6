"""Template tags for days and moments: the reader's words, the marketplace's zone, ISO in the attribute and on hover."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.formats import day_text, moment_text, reader

register = template.Library()


def day_html(value: date | None) -> SafeString:
    """A day, or nothing; a datetime is taken in the active time zone."""
    if value is None:
        return SafeString("")
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    iso = day.isoformat()
    return mark_safe(f'<time datetime="{iso}" title="{iso}">{escape(day_text(day, reader()))}</time>')  # noqa: S308


def moment_html(value: datetime | None) -> SafeString:
    """Day and time to the minute in the active time zone, or nothing."""
    if value is None:
        return SafeString("")
    iso = timezone.localtime(value).isoformat(timespec="seconds")
    return mark_safe(f'<time datetime="{iso}" title="{iso}">{escape(moment_text(value, reader()))}</time>')  # noqa: S308


@register.filter
def day(value: date | None) -> SafeString:
    """``{{ memo.issue_date|day }}``"""
    return day_html(value)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """``{{ entry.at|moment }}``"""
    return moment_html(value)
