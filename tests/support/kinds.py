"""A tiny kind of document for tests: its content is whatever the test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core import outbox
from documents import handlers
from documents.domain import kinds
from documents.domain.kinds import Content, DocumentKind, Party

NORDMARKT = Party(
    name="Nordmarkt GmbH",
    street="Hafenstraße 3",
    postal_code="20457",
    city="Hamburg",
    country="DE",
    tax_number="DE136695976",
)
BRUENN = Party(name="Brünn & Söhne", street="Graben 7", postal_code="1010", city="Wien", country="AT", tax_number="")


def content(rows: int = 2, **changes: Any) -> Content:
    """A German credit memo of 405.00 EUR and 19 % tax per line, or whatever else the changes say."""
    found = Content(
        marketplace_id=1,
        company_id=1,
        user_id=None,
        languages=["de"],
        currency="EUR",
        number="CM-2026-00042",
        issued_at="2026-05-31T09:30:00+00:00",
        issue_date="2026-05-31",
        effective_date="2026-05-05",
        due_date="",
        voided_on="",
        merchant=NORDMARKT,
        merchant_code="NORD",
        payer=BRUENN,
        billed_user="Ines Huber",
        source={"number": "INV-2026-00017", "date": "2026-05-01"},
        note="Danke für Ihre Geduld.",
        lines=[
            {
                "description": f"Business Suite {number}",
                "period_from": "2026-05-05",
                "period_to": "2026-05-31",
                "quantity": "15.000000",
                "unit_price": "31.00000000",
                "discount": 0,
                "net": 40500,
                "taxes": [{"name": "USt.", "rate": "0.190000"}],
            }
            for number in range(1, rows + 1)
        ],
        taxes=[{"name": "USt.", "rate": "0.19", "base": 40500 * rows, "amount": 7695 * rows}],
        net=40500 * rows,
        tax=7695 * rows,
        total=48195 * rows,
        carried=0,
        due=48195 * rows,
    )
    return {**found, **changes}  # type: ignore[typeddict-item]


@contextmanager
def only_kind(
    found: Content,
    name: str = "credit_memo",
    *,
    visible: bool = True,
    topics: str = "thing",
    is_waited_for: bool = True,
) -> Iterator[DocumentKind]:
    """Let ``name`` be a kind that prints this content, in place of the product's own, with events of its own.

    ``is_waited_for``: somebody wants its PDFs as soon as they are issued.
    """
    kind = DocumentKind(
        name=name,
        label="Test document",
        contents=lambda ids: {pk: {**found} for pk in ids},
        visible_among=lambda ids, _member: set(ids) if visible else set(),
        page="creditmemos:detail",
        id_key="thing_id",
        issued=f"{topics}.issued",
        voided=f"{topics}.voided",
        find=lambda number, _member: 7 if visible and number == found["number"] else None,
        latest=lambda _member: [found["number"]],
    )
    real = kinds._kinds.pop(name)
    waiting, kinds._waiting[name] = kinds._waiting[name], [lambda _marketplace_id: is_waited_for]
    kinds.register(kind)
    try:
        yield kind
    finally:
        kinds._kinds[name], kinds._waiting[name] = real, waiting
        for topic in (kind.issued, kind.voided):
            handler = outbox.handler_of(topic, handlers.MAKE)
            assert handler is not None
            outbox.forget(handler)
