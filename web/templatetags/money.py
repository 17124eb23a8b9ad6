"""Template tags for amounts in minor units: ``{% load money %}{% amount memo.balance memo.currency %}``."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.formats import DASH, amount_writer, reader
from core.money import plain_amount

register = template.Library()


def amount_html(minor: int | None, currency: str, *, dash: bool = False, accounting: bool = False) -> SafeString:
    """An amount in tabular figures; None is empty, zero a dash when ``dash``, ``accounting`` styles negatives."""
    if minor is None:
        return SafeString("")
    if minor == 0 and dash:
        return mark_safe(f'<span class="money nil">{DASH}</span>')  # noqa: S308
    css = "money neg" if minor < 0 else "money"
    text = escape(amount_writer(currency, reader(), accounting=accounting)(minor))
    return mark_safe(f'<span class="{css}">{text}</span>')  # noqa: S308 - escaped above


@register.simple_tag
def amount(minor: int | None, currency: str, *, dash: bool = False, accounting: bool = False) -> SafeString:
    """``{% amount minor currency %}``, with ``dash=True`` for zeros and ``accounting=True`` beside charges."""
    return amount_html(minor, currency, dash=dash, accounting=accounting)


@register.simple_tag
def minus(minor: int, currency: str) -> SafeString:
    """``{% minus credit.amount currency %}``: an amount that is taken off, in accounting style."""
    return amount_html(-minor, currency, accounting=True)


@register.simple_tag
def plain(minor: int, currency: str) -> str:
    """The amount as an amount field reads it: ``1234.50``."""
    return plain_amount(minor, currency=currency)
