"""Kinds of document that only tests know: one whose content is whatever the test says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import documents.handlers
import notifications.handlers.mails
from companies.members import Member
from core import outbox, things
from documents.domain import kinds as document_kinds
from documents.domain.kinds import Content, DocumentKind, Party
from notifications.domain import kinds as mail_kinds
from notifications.domain.kinds import NotificationKind

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
        sources=[{"number": "INV-2026-00017", "date": "2026-05-01"}],
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
def registered(kind: DocumentKind | NotificationKind) -> Iterator[None]:
    """Know a kind of document or of mail for a while; in place of another of its name."""
    known: dict[str, Any] = document_kinds._kinds if isinstance(kind, DocumentKind) else mail_kinds._kinds
    before, handled, named = {**known}, {*outbox._handlers}, things.all_things()
    known.pop(kind.name, None)
    things._things.pop(kind.name, None)
    if isinstance(kind, DocumentKind):
        documents.handlers.register(kind)
    else:
        notifications.handlers.mails.register(kind)
    try:
        yield
    finally:
        known.clear()
        known.update(before)
        things._things.clear()
        things._things.update(named)
        for key in {*outbox._handlers} - handled:
            outbox.forget(outbox._handlers[key])


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
    real = document_kinds._kinds[name]
    waited, seen = is_waited_for, visible

    class Only(type(real)):  # type: ignore[misc]
        label = "Test document"
        id_key = "thing_id"
        issued = f"{topics}.issued"
        voided = f"{topics}.voided"

        def contents(self, ids: Sequence[int]) -> dict[int, Content]:
            return {pk: {**found} for pk in ids}

        def visible_among(self, ids: Sequence[int], member: Member) -> set[int]:
            return set(ids) if seen else set()

        def find(self, number: str, member: Member) -> int | None:
            return 7 if seen and number == found["number"] else None

        def latest(self, member: Member) -> list[str]:
            return [found["number"]]

        def is_waited_for(self, marketplace_id: int) -> bool:
            return waited

    kind = Only()
    with registered(kind):
        yield kind
