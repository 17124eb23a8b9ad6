"""The reasons for credit that a new marketplace begins with; it changes, adds to and switches off what it likes."""

from typing import NamedTuple


class DefaultReason(NamedTuple):
    """A reason as its row will have it, with its label per language."""

    code: str
    counts_as: str
    labels: dict[str, str]
    note_required: bool = False


def _labels(english: str, german: str, french: str) -> dict[str, str]:
    return {"en": english, "de": german, "fr": french}


DEFAULT_REASONS = (
    DefaultReason("discount", "price", _labels("Discount", "Nachlass", "Remise")),
    DefaultReason("goodwill", "nothing", _labels("Goodwill", "Kulanz", "Geste commerciale")),
    DefaultReason("duplicate", "time", _labels("Duplicate charge", "Doppelte Berechnung", "Facturation en double")),
    DefaultReason("billing_error", "price", _labels("Billing error", "Abrechnungsfehler", "Erreur de facturation")),
    DefaultReason("service_issue", "nothing", _labels("Service issue", "Servicestörung", "Incident de service")),
    DefaultReason("cancellation", "time", _labels("Cancellation", "Kündigung", "Résiliation")),
    DefaultReason("downgrade", "time", _labels("Downgrade", "Herabstufung", "Déclassement")),
    DefaultReason("other", "price", _labels("Other", "Sonstiges", "Autre"), note_required=True),
)
