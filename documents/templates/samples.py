"""Documents of invented people, to look at a template with."""

import json
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.money import exponent
from documents.domain.kinds import Content, Line, Party, Tax, kind_called

_FILE = Path(__file__).resolve().parent / "samples.json"
_FIGURES = (  # quantity, unit price, percent of discount, which rate, whether it is for a period
    ("12", "49", 0, 0, True),
    ("1", "390", 10, 0, True),
    ("3.5", "84", 0, 0, False),
    ("1", "1280", 0, 0, False),
    ("4", "24.9", 0, 1, False),
    ("1250", "0.0375", 0, 0, True),
)
_WITHOUT_CENTS = 100
"""What prices are multiplied by in currencies such as the yen."""


@cache
def _samples() -> dict[str, Any]:
    samples: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return samples


def sample(kind: str, language: str, currency: str = "EUR", *, unified: bool = False) -> Content:
    """A document of invented people with everything in it: two rates, a discount, a long text and many alphabets.

    ``unified``: with what its kind knows of a later day.
    """
    found = kind_called(kind).sample(_common(language, currency))
    return kind_called(kind).unified_sample(found) if unified else found


def _common(language: str, currency: str) -> Content:
    """What documents of all kinds have."""
    words = _samples().get(language) or _samples()["en"]
    lines = [_line(text, figures, words, currency) for text, figures in zip(words["lines"], _FIGURES, strict=True)]
    taxes = [_tax(rate, lines, words["tax"]) for rate in words["rates"]]
    net, tax = sum(line["net"] for line in lines), sum(tax["amount"] for tax in taxes)
    return Content(
        marketplace_id=0,
        company_id=0,
        user_id=None,
        languages=[language],
        currency=currency,
        number="2026-00001",
        issued_at="2026-06-03T09:30:00+00:00",
        issue_date="2026-06-03",
        effective_date="",
        due_date="",
        voided_on="",
        merchant=words["merchant"],
        merchant_code="NCM",
        payer=words["payer"],
        billed_user=words["billed_user"],
        sources=[],
        note=words["note"],
        lines=lines,
        taxes=taxes,
        net=net,
        tax=tax,
        total=net + tax,
        carried=0,
        due=net + tax,
    )


def bare(full: Content) -> Content:
    """The same document without a word that it need not have."""
    full = {**full}
    full.pop("pay_to", None)
    parties = {name: _only_named(full[name]) for name in ("merchant", "payer")}
    nothing = dict.fromkeys(("effective_date", "due_date", "voided_on", "billed_user", "note"), "")
    line = {**full["lines"][0], "period_from": "", "period_to": "", "discount": 0, "taxes": []}
    rest = {"sources": [], "taxes": [], "lines": [line], "carried": 0, "due": full["total"]}
    return {**full, **nothing, **parties, **rest}  # type: ignore[typeddict-item]


def _only_named(party: Party) -> Party:
    return Party(name=party["name"], street="", postal_code="", city="", country="", tax_number="")


def _line(text: str, figures: tuple[str, str, int, int, bool], words: dict[str, Any], currency: str) -> Line:
    quantity, price, discount, rate, has_period = figures
    decimals = exponent(currency)
    unit_price = Decimal(price) * (1 if decimals else _WITHOUT_CENTS)
    gross = int((Decimal(quantity) * unit_price).scaleb(decimals).to_integral_value(ROUND_HALF_UP))
    off = gross * discount // 100
    return Line(
        description=text,
        period_from="2026-05-01" if has_period else "",
        period_to="2026-05-31" if has_period else "",
        quantity=quantity,
        unit_price=str(unit_price),
        discount=off,
        net=gross - off,
        taxes=[{"name": words["tax"], "rate": words["rates"][rate]}],
    )


def _tax(rate: str, lines: list[Line], name: str) -> Tax:
    base = sum(line["net"] for line in lines if line["taxes"][0]["rate"] == rate)
    amount = int((Decimal(rate) * base).to_integral_value(ROUND_HALF_UP))
    return Tax(name=name, rate=rate, base=base, amount=amount)
