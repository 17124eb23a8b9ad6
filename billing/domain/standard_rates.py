"""The standard rate of value-added tax by country, for the tax table that a new marketplace begins with.

A beginning, not advice: rates change, and goods and services have reduced ones. What bills is the marketplace's table,
and whoever opens one is told to look at it. Source: the rates in force in 2026 as the European Commission's *Taxes in
Europe Database* and the tax authorities of Iceland, Liechtenstein, Norway, Switzerland, the United Kingdom and Japan
publish them.
"""

from decimal import Decimal

_PERCENT = {
    "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24", "ES": "21",
    "FI": "25.5", "FR": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22", "LT": "21", "LU": "17",
    "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21", "SE": "25", "SI": "22", "SK": "23",
    "CH": "8.1", "GB": "20", "IS": "24", "JP": "10", "LI": "8.1", "NO": "25",
}  # fmt: skip

_NAMES = {"JP": "Consumption tax"}


def standard_rate(country: str) -> tuple[str, Decimal] | None:
    """The tax's name on a document and its rate (a fraction); None for a country that is not in the list."""
    percent = _PERCENT.get(country)
    return (_NAMES.get(country, "VAT"), Decimal(percent) / 100) if percent else None
