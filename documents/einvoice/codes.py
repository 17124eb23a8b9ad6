"""The code lists that decide whether a document can be said at all, as the official rules of 2026-03-30 hold them."""

RETIRED_CURRENCIES = frozenset({"ANG", "BGN", "STN"})
"""Currencies that Offset knows and the rules' list of ISO 4217 does not (BR-CL-04)."""
_SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE "
    "SI SK SM VA"
)
SEPA_COUNTRIES = frozenset(_SEPA.split())
"""What IBANs of the Single Euro Payments Area begin with, by the European Payments Council's list of 2025."""
