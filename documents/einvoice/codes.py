"""The code lists that decide whether a document can be said at all, as the official rules of 2026-03-30 hold them."""

RETIRED_CURRENCIES = frozenset({"ANG", "BGN", "STN"})
"""Currencies that Offset knows and the rules' list of ISO 4217 does not (BR-CL-04)."""
