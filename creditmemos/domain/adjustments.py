"""Adjustments: memos that settle what stays open on one invoice, and are no document that a customer gets (ADR 63)."""

from documents.domain.patterns import DIGITS

ORDINARY, SMALL_DIFFERENCE, UNCOLLECTIBLE = "ordinary", "small_difference", "uncollectible"
PURPOSES = (ORDINARY, SMALL_DIFFERENCE, UNCOLLECTIBLE)
ADJUSTMENTS = (SMALL_DIFFERENCE, UNCOLLECTIBLE)
"""What the journal says as the detail of credit given, and reports count by."""
PREFIX = "ADJ."
"""No prefix of a marketplace can hold a dot, so that these numbers never meet those of another series."""
LINES = {
    SMALL_DIFFERENCE: {"en": "Small difference", "de": "Kleinbetragsdifferenz", "fr": "Écart minime"},
    UNCOLLECTIBLE: {
        "en": "Settled by the merchant",
        "de": "Durch den Verkäufer ausgeglichen",
        "fr": "Soldé par le vendeur",
    },
}
"""What the one line says, by the customer's language; that a debt was given up as bad is not told to the debtor."""


def line_of(purpose: str, language: str) -> str:
    """What the line says in a language, else in English."""
    return LINES[purpose].get(language) or LINES[purpose]["en"]


def badge_of(purpose: str, *, is_staff: bool) -> str:
    """The badge of an adjustment: a debt is given up among staff alone."""
    return "settled" if purpose == UNCOLLECTIBLE and not is_staff else purpose


def number_of(sequence: int) -> str:
    """The number of an adjustment; its series knows neither years nor other kinds."""
    return f"{PREFIX}{sequence:0{DIGITS}}"
