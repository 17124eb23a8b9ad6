"""What mail texts see, and made-up documents to try them: one with everything, one without whatever may be left out."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from documents import printing
from documents.kinds import Content, Line, Party
from documents.printing import clean
from notifications import defaults
from notifications.kinds import kind_called
from notifications.models import Protection

_MERCHANT = Party(
    name="Nordmarkt GmbH", street="Hafenstraße 3", postal_code="20457", city="Hamburg", country="DE",
    tax_number="DE123456789",
)  # fmt: skip
_PAYER = Party(
    name="Brünn & Söhne", street="Graben 7", postal_code="1010", city="Wien", country="AT", tax_number="ATU12345678"
)
_NOBODY = Party(name="Acme", street="", postal_code="", city="", country="", tax_number="")


def full(**changes: Any) -> Content:
    """A credit memo of 963.90 EUR that credits an invoice, with every optional part."""
    lines: list[Line] = [
        {
            "description": "Business Suite", "period_from": "2026-05-05", "period_to": "2026-05-31",
            "quantity": "30", "unit_price": "27", "discount": 0, "net": 81000,
            "taxes": [{"name": "USt.", "rate": "0.19"}],
        }
    ]  # fmt: skip
    found = Content(
        marketplace_id=0, company_id=0, user_id=None, languages=["en"], currency="EUR", number="CM-2026-00042",
        issued_at="2026-05-31T09:30:00+00:00", issue_date="2026-05-31", effective_date="2026-05-05", due_date="",
        voided_on="", merchant_code="NM", merchant=_MERCHANT, payer=_PAYER, billed_user="Ines Huber",
        source={"number": "INV-2026-00017", "date": "2026-05-01"}, note="Thank you for your patience.",
        lines=lines, taxes=[{"name": "USt.", "rate": "0.19", "base": 81000, "amount": 15390}],
        net=81000, tax=15390, total=96390, carried=0, due=96390,
    )  # fmt: skip
    return {**found, **changes}  # type: ignore[typeddict-item]


def bare() -> Content:
    """A document with one party's name, one amount and nothing else."""
    nothing: dict[str, Any] = {
        "effective_date": "",
        "due_date": "",
        "billed_user": "",
        "source": None,
        "note": "",
        "taxes": [],
    }
    return full(**nothing, merchant=_NOBODY, payer=_NOBODY, net=100, tax=0, total=100, due=100)


def documents(kind: str, **changes: Any) -> Callable[[str], list[dict[str, Any]]]:
    """What texts see of a full document of a kind, and of one with everything left out that may be."""

    def present(language: str) -> list[dict[str, Any]]:
        return [printing.present(content, kind=kind, language=language) for content in (full(**changes), bare())]

    return present


def seen_by_text(
    data: Mapping[str, Any], *, recipient: str, marketplace: str, attached: bool, lock: str
) -> dict[str, Any]:
    """What a text may say: the kind's own data and what every mail knows."""
    return {
        **data,
        "recipient": clean(recipient),
        "marketplace": clean(marketplace),
        "link": settings.PUBLIC_URL,
        "attached": attached,
        "lock": lock,
    }


def all_of(kind: str, language: str) -> list[dict[str, Any]]:
    """Everything that a text of this kind may have to cope with: each sample, with a locked PDF and without one."""
    found = []
    for data in kind_called(kind).samples(language):
        for is_attached in (True, False):
            lock = defaults.lock_hint(Protection.TAX_NUMBER, language) if is_attached else ""
            found.append(
                seen_by_text(data, recipient="Ines Huber", marketplace="Nordmarkt", attached=is_attached, lock=lock)
            )
    return found
