"""Template filters for exact Decimals: ``{% load numbers %}{{ line.quantity|exact }} {{ tax.rate|percent }}``."""

from decimal import Decimal

from django import template

from core.formats import exact_text, percent_text, price_text

register = template.Library()


@register.filter
def exact(value: Decimal) -> str:
    """A quantity, with all its decimals and no idle zeros."""
    return exact_text(value)


@register.filter
def price(value: Decimal, currency: str) -> str:
    """A unit price (major units), with all its decimals."""
    return price_text(value, currency)


@register.filter
def percent(rate: Decimal) -> str:
    """A rate (a fraction) in percent."""
    return percent_text(rate)
