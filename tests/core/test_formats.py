"""Amounts and days as readers of several languages write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency
from django.utils import timezone, translation

from core.formats import amount_text, amount_writer, day_text, locale_of, moment_text, price_text
from core.money import EXPONENTS, exponent
from web.templatetags.dates import day_html, moment_html
from web.templatetags.money import amount_html
from web.templatetags.ui import stacked_bar

LOCALES = ["en", "de", "fr", "es", "en_IN", "de_CH", "ja", "pl", "pt_BR", "sv"]


@pytest.mark.parametrize(
    ("currency", "locale", "minor", "text"),
    [
        ("EUR", "en", 123_456_789, "€1,234,567.89"),
        ("EUR", "de", 123_456_789, "1.234.567,89\xa0€"),
        ("EUR", "fr", -5, "-0,05\xa0€"),
        ("JPY", "en", 1200, "¥1,200"),
        ("KWD", "en", 1200, "KWD\xa01.200"),
        ("USD", "en_IN", 123_456_789, "$12,34,567.89"),
    ],
)
def test_amounts(currency: str, locale: str, minor: int, text: str) -> None:
    assert amount_writer(currency, Locale.parse(locale))(minor) == text


@pytest.mark.parametrize(
    ("price", "currency", "language", "text"),
    [
        ("12.50000000", "EUR", "en", "€12.50"),
        ("1513.8", "EUR", "de", "1.513,80\xa0€"),
        ("0.01250000", "EUR", "en", "€0.0125"),
        ("608", "JPY", "en", "¥608"),
        ("0.5", "JPY", "en", "¥0.5"),
        ("2.5", "KWD", "en", "KWD\xa02.500"),
    ],
)
def test_prices_keep_all_their_decimals(price: str, currency: str, language: str, text: str) -> None:
    with translation.override(language):
        assert price_text(Decimal(price), currency) == text


def test_negative_amounts_beside_charges_are_in_accounting_style() -> None:
    assert amount_writer("EUR", Locale("en"), accounting=True)(-120_00) == "(€120.00)"


@pytest.mark.parametrize("name", LOCALES)
@pytest.mark.parametrize("currency", ["EUR", "USD", "CHF"])
def test_quick_writer_says_what_babel_says(name: str, currency: str) -> None:
    locale = Locale.parse(name)
    write = amount_writer(currency, locale)
    for minor in (0, 7, -7, 99, 100, 12_345, -9_999_999, 10**14):
        by_babel = format_currency(Decimal(minor) / 100, currency, locale=locale, currency_digits=False)
        plain = str.maketrans("", "", "\xa0 ")
        assert write(minor).translate(plain) == by_babel.translate(plain)


def test_every_currency_can_be_written() -> None:
    for currency in EXPONENTS:
        digits = [letter for letter in amount_writer(currency, Locale("de"))(1) if letter.isdigit()]
        assert digits == ["0"] * exponent(currency) + ["1"]


def test_unknown_language_reads_english() -> None:
    assert locale_of("xx-nowhere") == Locale("en")
    assert locale_of(None) == Locale("en")


def test_days_follow_the_reader() -> None:
    assert day_text(date(2026, 3, 4), Locale("en")) == "Mar 4, 2026"
    assert day_text(date(2026, 3, 4), Locale("de")) == "04.03.2026"
    assert day_html(date(2026, 3, 4)) == '<time datetime="2026-03-04" title="2026-03-04">Mar 4, 2026</time>'
    assert day_html(None) == ""


def test_moments_are_in_the_marketplace_zone() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert moment_text(late, Locale("en")) == "Jan 1, 2027, 00:30"
        assert 'datetime="2027-01-01T00:30:00+01:00"' in moment_html(late)
        assert "2027-01-01" in day_html(late)


def test_amount_tag() -> None:
    with translation.override("de"):
        assert amount_html(-5, "EUR") == '<span class="money neg">-0,05\xa0€</span>'
        assert amount_text(5, "EUR") == "0,05\xa0€"
    assert amount_html(0, "EUR", dash=True) == '<span class="money nil">\u2013</span>'
    assert amount_html(0, "EUR") == '<span class="money">€0.00</span>'
    assert amount_html(None, "EUR") == ""


def test_stacked_bar_draws_attributes_and_says_words() -> None:
    html = stacked_bar([("good", "Applied", 75_00, "#a"), ("quiet", "Left", 25_00), ("bad", "Nothing", 0)], "EUR")
    assert 'width="750"' in html
    assert 'width="250"' in html
    assert "Applied €75.00, Left €25.00" in html
    assert '<a href="#a">Applied</a>' in html
    assert "Nothing" not in html
    assert "style=" not in html
    assert stacked_bar([("good", "Applied", 0)], "EUR") == ""
