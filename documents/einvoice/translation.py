"""From a document's frozen figures to the standard's model, or the reasons why it has no word for them (pure).

Which data is refused was found by running the official rules over it; each refusal names its rule. Which tax category
an untaxed line gets is a choice (ADR 17).
"""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.domain.bank_details import BankDetails
from companies.domain.countries import COUNTRIES
from companies.domain.tax_numbers import vat_number
from core.errors import Refusal
from core.money import EXACT, ONE, exponent, to_major, to_minor
from core.printable import one_line, printable
from documents.domain import kinds
from documents.domain.kinds import Content
from documents.einvoice import codes, model
from documents.einvoice.model import Category, EInvoice, TaxSubtotal
from documents.einvoice.words import Words, words_for

DECIMALS = 2
"""Most decimals of an amount (BR-DEC)."""
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
PRICE = Decimal("0.00000001")
"""What unit prices are rounded to, here as in the books."""
HALF_PERCENT = Decimal("0.5")


class NotRepresentable(Refusal):
    """EN 16931 has no way to say this document; ``reasons`` are sentences for people, all that there are."""

    code = "einvoice_not_representable"
    text = gettext_lazy("No EN 16931 e-invoice can be created for %(document)s. %(reasons)s")

    def __init__(self, document: str, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(document=document, reasons=" ".join(reasons))


def from_content(content: Content, kind: str) -> EInvoice:
    """An issued document of ``kind`` in the standard's terms. Raises NotRepresentable."""
    type_code = kinds.kind_called(kind).einvoice_type
    if type_code is None:
        raise NotRepresentable(content["number"], [_("It is neither an invoice nor a credit note.")])
    reasons = list(_obstacles(content))
    if reasons:
        raise NotRepresentable(content["number"], reasons)
    words = words_for(content["languages"])
    found = _translated(content, type_code, words)
    reasons = [reason for row in found.taxes for reason in _tax_obstacles(row)]
    if reasons:
        raise NotRepresentable(content["number"], reasons)
    return found


def _obstacles(content: Content) -> Iterator[str]:
    """Everything but the sums of taxes, which need the rest to be sound."""
    if content["voided_on"]:
        yield _("It is void, which the standard can't express.")
    yield from _currency_obstacles(content["currency"])
    for party in (content["merchant"], content["payer"]):
        yield from _party_obstacles(party)
    is_taxed = any(line["taxes"] for line in content["lines"])
    if is_taxed and not one_line(content["merchant"]["tax_number"]):  # BR-S-02, BR-Z-02
        yield _("%(company)s has no tax number, and charges tax.") % {"company": content["merchant"]["name"]}
    for position, line in enumerate(content["lines"], start=1):
        yield from _line_obstacles(position, line)


def _currency_obstacles(currency: str) -> Iterator[str]:
    if exponent(currency) > DECIMALS:  # BR-DEC
        yield _("Amounts in %(currency)s have three decimals, and the standard allows two.") % {"currency": currency}
    if currency in codes.RETIRED_CURRENCIES:  # BR-CL-04
        yield _("The standard does not know the currency %(currency)s.") % {"currency": currency}


def _party_obstacles(party: kinds.Party) -> Iterator[str]:
    name, country = one_line(party["name"]), party["country"].upper()
    if not name:  # BR-06, BR-07
        yield _("A party has no name.")
    elif not country:  # BR-09, BR-11
        yield _("%(company)s has no country in its address.") % {"company": name}
    elif country not in COUNTRIES:  # BR-CL-14
        yield _("The country %(country)s of %(company)s is not a country code.") % {"company": name, "country": country}


def _line_obstacles(position: int, line: kinds.Line) -> Iterator[str]:
    if not one_line(line["description"]):  # BR-25
        yield _("Line %(position)s has no description.") % {"position": position}
    if len(line["taxes"]) > 1:  # A line has one BT-151.
        yield _("Line %(position)s has several taxes, and the standard allows one.") % {"position": position}
    if line["period_from"] and line["period_to"] and line["period_to"] < line["period_from"]:  # BR-30
        yield _("The period of line %(position)s ends before it begins.") % {"position": position}


def _tax_obstacles(row: TaxSubtotal) -> Iterator[str]:
    """A tax that does not follow from its base: rounded line by line too often, or corrected by itself.

    The rules allow less than one whole unit of the currency, and below half a percent only what rounds to nothing
    (BR-CO-17, BR-S-09).
    """
    percent = row.category.percent or Decimal(0)
    expected = (abs(row.base) * percent / HUNDRED).quantize(CENT, ROUND_HALF_UP, EXACT)
    is_near = abs(abs(row.amount) - expected) < 1
    if not is_near or (percent < HALF_PERCENT and not -HALF_PERCENT <= row.amount < HALF_PERCENT):
        yield _("The tax at %(percent)s %% is %(amount)s, and the standard requires %(percent)s %% of "
"%(base)s.") % {
            "percent": f"{percent:f}", "amount": f"{row.amount:f}", "base": f"{row.base:f}",
        }  # fmt: skip


def _translated(content: Content, type_code: str, words: Words) -> EInvoice:
    currency = content["currency"]
    seller = _seller(content)
    is_outside = not seller.vat_number and not seller.tax_number
    lines = tuple(
        _line(position, line, currency, words, is_outside=is_outside)
        for position, line in enumerate(content["lines"], start=1)
    )
    net, tax, total, due = (to_major(content[name], currency=currency) for name in ("net", "tax", "total", "due"))
    is_credit = type_code == model.CREDIT_NOTE
    return EInvoice(
        number=one_line(content["number"]),
        issue_date=date.fromisoformat(content["issue_date"]),
        type_code=type_code,
        currency=currency,
        due_date=None if is_credit else _day(content["due_date"]),
        terms=words.credit_terms if is_credit else _terms(content, words),
        note=printable(content["note"]).strip(),
        payment=None if is_credit else _payment(content),
        preceding=tuple(
            model.Preceding(one_line(source["number"]), date.fromisoformat(source["date"]))
            for source in content["sources"]
        ),
        seller=seller,
        buyer=_buyer(content, is_outside=is_outside),
        lines=lines,
        taxes=_breakdown(content, lines, words),
        net=net,
        tax=tax,
        total=total,
        paid=total - due,
        due=due,
    )


def _asked_to_pay(content: Content) -> BankDetails | None:
    """Where to pay, where something is to be paid."""
    return content.get("pay_to") if content["due"] > 0 else None


def _payment(content: Content) -> model.Payment | None:
    """A transfer: in euro between accounts of its area as such (58), else any (30). Both want an account (BR-61)."""
    details = _asked_to_pay(content)
    if details is None:
        return None
    is_sepa = content["currency"] == "EUR" and details.iban[:2] in codes.SEPA_COUNTRIES
    return model.Payment(
        means=model.SEPA_CREDIT_TRANSFER if is_sepa else model.CREDIT_TRANSFER,
        account=details.iban or details.account_number,
        is_iban=bool(details.iban),
        holder=one_line(details.holder),
        bic=details.bic,
        reference=one_line(content["number"]),
    )


def _terms(content: Content, words: Words) -> str:
    """What the standard has no term for: the routing code, and the merchant's own line."""
    details = _asked_to_pay(content)
    if details is None:
        return ""
    routing = f"{words.routing_code} {details.routing_code}." if details.routing_code else ""
    return " ".join(text for text in (routing, one_line(details.instructions)) if text)


def _seller(content: Content) -> model.Party:
    frozen = content["merchant"]
    vat = vat_number(one_line(frozen["tax_number"]), frozen["country"].upper())
    return _party(
        frozen,
        vat_number=vat,
        tax_number="" if vat else one_line(frozen["tax_number"]),
        identifier=one_line(content["merchant_code"]),  # BR-CO-26 wants it or the VAT number.
    )


def _buyer(content: Content, *, is_outside: bool) -> model.Party:
    """Outside of tax the standard forbids the buyer's VAT number (BR-O-02)."""
    frozen = content["payer"]
    vat = "" if is_outside else vat_number(one_line(frozen["tax_number"]), frozen["country"].upper())
    return _party(frozen, vat_number=vat, contact=one_line(content["billed_user"]))


def _party(frozen: kinds.Party, **more: str) -> model.Party:
    return model.Party(
        name=one_line(frozen["name"]),
        street=one_line(frozen["street"]),
        postal_code=one_line(frozen["postal_code"]),
        city=one_line(frozen["city"]),
        country=frozen["country"].upper(),
        **more,
    )


def _line(position: int, line: kinds.Line, currency: str, words: Words, *, is_outside: bool) -> model.Line:
    quantity, price = _priced(line, currency)
    return model.Line(
        identifier=str(position),
        name=one_line(line["description"]),
        quantity=_plain(quantity),
        price=_plain(price),
        discount=to_major(line["discount"], currency=currency),
        discount_reason=words.discount,
        net=to_major(line["net"], currency=currency),
        category=_category(line["taxes"], is_outside=is_outside),
        period_from=_day(line["period_from"]),
        period_to=_day(line["period_to"]),
    )


def _priced(line: kinds.Line, currency: str) -> tuple[Decimal, Decimal]:
    """Quantity and price that multiply to the line's amount: those printed, else the price that was really taken.

    They differ for parts of a period, tiers and parts of a charge. A price is never below zero (BR-27): then the
    quantity is.
    """
    quantity, price = Decimal(line["quantity"]), Decimal(line["unit_price"])
    amount = line["net"] + line["discount"]
    if to_minor(EXACT.multiply(quantity, price), currency=currency) == amount and price >= 0:
        return quantity, price
    sign = -ONE if amount < 0 else ONE
    whole = abs(to_major(amount, currency=currency))
    if quantity:
        taken = EXACT.divide(whole, abs(quantity)).quantize(PRICE, context=EXACT)
        if to_minor(EXACT.multiply(abs(quantity), taken), currency=currency) == abs(amount):
            return sign * abs(quantity), taken
    return sign, whole


def _category(taxes: list[kinds.Rate], *, is_outside: bool) -> Category:
    """Taxed, taxed at nothing, or without a tax: exempt, or not subject to it where the seller has no tax number."""
    if not taxes:
        return Category(model.OUTSIDE, None) if is_outside else Category(model.EXEMPT, Decimal(0))
    percent = _percent(taxes[0]["rate"])
    return Category(model.STANDARD if percent else model.ZERO_RATED, percent)


def _breakdown(content: Content, lines: tuple[model.Line, ...], words: Words) -> tuple[TaxSubtotal, ...]:
    """One row per category and rate, in the order of their first line; taxes of one rate count together (BR-S-08)."""
    currency = content["currency"]
    nothing = to_major(0, currency=currency)
    bases: dict[Category, Decimal] = {}
    for line in lines:
        bases[line.category] = bases.get(line.category, nothing) + line.net
    amounts: dict[Decimal, Decimal] = {}
    for tax in content["taxes"]:
        percent = _percent(tax["rate"])
        amounts[percent] = amounts.get(percent, nothing) + to_major(tax["amount"], currency=currency)
    reasons = {model.EXEMPT: words.exempt, model.OUTSIDE: words.outside}
    return tuple(
        TaxSubtotal(
            category,
            base,
            amounts.get(category.percent, nothing) if category.percent else nothing,
            reasons.get(category.code, ""),
        )
        for category, base in bases.items()
    )


def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _percent(rate: str) -> Decimal:
    """A fraction as a percent: "0.190000" is 19."""
    return _plain(Decimal(rate) * HUNDRED)


def _plain(value: Decimal) -> Decimal:
    """The same number without needless zeros."""
    return Decimal(f"{value.normalize(EXACT):f}")
