"""Every line says how it was worked out: as JSON, and as sentences in the reader's language."""

import json
from datetime import date
from decimal import Decimal

from django.utils import translation

from billing.rating import ChargeLine, CreditLine, Discount, Rated, as_json, lines, sentences
from billing.rating.explaining import REASONS, TELLERS
from billing.rating.lines import NOTHING_TO_BILL
from subscriptions.domain.pricing import flat, per_unit, tiered
from tests.billing.rating.contracts import SUITE, TAXED, contract, event, plan, recurring, run, terms

D = Decimal
MAY, FIFTH = date(2026, 5, 1), date(2026, 5, 5)
NBSP = "\u00a0"


def told(line: ChargeLine | CreditLine) -> list[str]:
    kept = json.loads(as_json(line))
    with translation.override("en"):
        return [sentence.replace(NBSP, " ") for sentence in sentences(kept, "EUR")]


def downgraded(**more: object) -> Rated:
    _, known = run(contract(**more), [recurring(MAY)], TAXED)
    known = known._replace(terms=[*known.terms, terms("ten", FIFTH, 10)])
    return run(known, [event("downgrade", "ten", FIFTH)], TAXED)[0]


def test_a_charge_for_a_part_of_a_period() -> None:
    assert told(downgraded().charges[0]) == [
        "From May 5, 2026 to May 31, 2026",
        "10 × 31.00 = 310.00",
        "27 of 31 days: €270.00",
        "VAT 19 % of €270.00: €51.30",
    ]


def test_a_credit() -> None:
    assert told(downgraded().credits[0]) == [
        "From May 5, 2026 to May 31, 2026",
        "4 of 31 days used: €465.00 less €60.00 is €405.00",
        "VAT 19 % charged on €405.00: €76.95 credited",
    ]


def test_a_second_credit_of_the_same_charge() -> None:
    _, known = run(contract(), [recurring(MAY)])
    late = terms("late", date(2026, 5, 20), 12)
    _, known = run(known._replace(terms=[*known.terms, late]), [event("upgrade", "late", late.day)])
    known = known._replace(terms=[known.terms[0], terms("ten", FIFTH, 10), late])
    rated, _ = run(known, [event("downgrade", "ten", FIFTH)])
    assert told(rated.credits[0])[1] == "4 of 31 days used of €465.00: €285.00 less €60.00 is €225.00"


def test_discounts() -> None:
    offers = [Discount(key="a", rate=D("0.125")), Discount(key="b", fixed=3100)]
    assert told(downgraded(discounts=offers).charges[0])[2:6] == [
        "27 of 31 days: €270.00",
        "Discount of 12.5 %: €33.75 off",
        "Discount of €31.00: €27.00 off",
        "€270.00 less discounts of €60.75: €209.25",
    ]


def test_tiers_and_flat_prices() -> None:
    packs = plan(tiered((D(10), D("5.00")), (None, D("4.125"))))
    rated, _ = run(contract(terms("start", MAY, 12, packs)), [recurring(MAY)])
    assert told(rated.charges[0])[1] == "10 × 5.00 + 2 × 4.125 = 58.25"
    rated, _ = run(contract(terms("start", MAY, 12, plan(flat(D("1234.5"))))), [recurring(MAY)])
    assert told(rated.charges[0])[1] == "Flat price 1,234.50"


def test_usage() -> None:
    known = contract(terms("start", MAY, 1, plan(usage=tiered((D(10), D("5.00")), (None, D("4.00"))))))
    rated, known = run(known, [event("usage", "u1", FIFTH, quantity=D(8)), event("usage", "u2", FIFTH, quantity=D(4))])
    assert told(rated.charges[0])[1] == (
        "2 usage records: 0 used before (€0.00), 12 now: 10 × 5.00 + 2 × 4.00, which is €58.00"
    )
    rated, _ = run(known, [event("usage", "u3", FIFTH, quantity=D(-4))])
    assert told(rated.credits[0])[1] == "€40.00 of €58.00 of usage remains: €58.00 less €40.00 is €18.00"


def test_discounts_on_usage() -> None:
    known = contract(terms("start", MAY, 1, plan(usage=per_unit(D(1)))), discounts=[Discount(key="a", fixed=500)])
    _, known = run(known, [event("usage", "u1", FIFTH, quantity=D(3))])
    rated, _ = run(known, [event("usage", "u2", FIFTH, quantity=D(3))])
    assert (
        told(rated.charges[0])[2]
        == "Discounts on the period's usage: €5.00, of which €3.00 given earlier and €2.00 here"
    )


def test_corrections_and_what_was_cut_off() -> None:
    order = event("order", "o", MAY, item=SUITE, pricing=per_unit(D("10.00")), quantity=D(3))
    _, known = run(contract(), [order])
    rated, _ = run(known, [event("correction", "c", MAY, source="o/0", quantity=D(-4))])
    assert told(rated.credits[0]) == [
        "4 of 3 of €30.00: €40.00",
        "Only €30.00 of €40.00 could still be credited; the rest is an exception",
    ]
    rated, _ = run(known, [event("correction", "c", MAY, source="o/0", amount=250)])
    assert told(rated.charges[0]) == ["Requested: €2.50"]


def test_in_the_readers_language() -> None:
    line = downgraded().charges[0]
    with translation.override("de"):
        found = sentences(json.loads(as_json(line)), "EUR")
    assert found[1].endswith("310,00")


def test_every_reason_has_words() -> None:
    reasons = {value for name, value in vars(lines).items() if name.isupper() and isinstance(value, str)}
    assert set(REASONS) == reasons
    assert reasons > NOTHING_TO_BILL
    with translation.override("en"):
        assert str(REASONS["ended"]) == "The subscription had ended"


def test_every_step_has_a_teller() -> None:
    assert set(TELLERS) == {
        "days_of", "price", "days", "discount", "discounts", "net", "tax", "tax_back", "tax_share", "tax_back_share",
        "usage", "used", "pieces", "asked", "cut_off", "price_credited", "time_credited", "had",
    }  # fmt: skip
