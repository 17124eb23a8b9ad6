"""What an e-invoice says in words, in the document's language: reasons and terms that the standard asks for."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.languages import first_of


@dataclass(frozen=True, slots=True)
class Words:
    """``discount`` is BT-139, ``credit_terms`` BT-20 of a credit note, ``exempt`` and ``outside`` BT-120,
    ``routing_code`` begins BT-20 of an invoice to an account without an IBAN.
    """

    discount: str
    credit_terms: str
    exempt: str
    outside: str
    routing_code: str


_WORDS = {
    "en": Words(
        discount="Discount",
        credit_terms="This credit is used on open invoices or paid back.",
        exempt="No tax is charged on this supply.",
        outside="Not subject to tax.",
        routing_code="Routing code",
    ),
    "de": Words(
        discount="Rabatt",
        credit_terms="Diese Gutschrift wird mit offenen Rechnungen verrechnet oder ausgezahlt.",
        exempt="Für diese Leistung wird keine Steuer berechnet.",
        outside="Nicht steuerbar.",
        routing_code="Bankleitzahl",
    ),
    "fr": Words(
        discount="Remise",
        credit_terms="Cet avoir est imputé sur des factures ouvertes ou remboursé.",
        exempt="Aucune taxe n'est facturée sur cette prestation.",
        outside="Non soumis à la taxe.",
        routing_code="Code banque",
    ),
}


def words_for(wishes: Iterable[str]) -> Words:
    """The words of the first language that there are some in; English otherwise."""
    return _WORDS[first_of(wishes, _WORDS)]
