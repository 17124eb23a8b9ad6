"""How a line was worked out: stored as JSON, told in sentences.

A line's ``how`` is a tuple of steps, each a word and its figures. Rating makes them without a word of any language;
``as_json`` makes the text that a store keeps (Decimals and days as texts) and ``sentences`` reads what is stored for
whoever looks.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from json import JSONEncoder
from typing import Any

from babel.numbers import format_decimal
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.rating import lines
from billing.rating.lines import ChargeLine, CreditLine
from core.formats import amount_text, day_text, exact_text, percent_text, reader
from core.money import exponent

TIMES = "\N{MULTIPLICATION SIGN}"
Told = dict[str, Any]
"""``{"steps": [[word, figure, ...], ...]}``: nothing but lists, texts, integers and nulls; under ``off`` what a charge
took of fixed discounts.
"""
_ENCODER = JSONEncoder(default=str, separators=(",", ":"))


REASONS: dict[str, Promise] = {
    lines.OVER_CREDITABLE: gettext_lazy("More than can still be credited on the charge"),
    lines.NO_SOURCE: gettext_lazy("Original charge not found"),
    lines.NO_TERMS: gettext_lazy("The subscription has no such change"),
    lines.NOT_SUBSCRIBED: gettext_lazy("The subscription is not active on this day"),
    lines.NOT_METERED: gettext_lazy("The plan has no price for usage"),
    lines.VOLUME_NEGATIVE: gettext_lazy("Products priced by volume can't have negative usage"),
    lines.VOLUME_LATE: gettext_lazy("Products priced by volume can't have usage for a period already billed"),
    lines.INCOMPLETE: gettext_lazy("The event is incomplete"),
    lines.AMOUNT_OUT_OF_RANGE: gettext_lazy("The amount is below zero or too large"),
    lines.UNKNOWN_KIND: gettext_lazy("Events of this kind can't be billed"),
    lines.ALREADY_CHARGED: gettext_lazy("The period has already been charged"),
    lines.REPLACED: gettext_lazy("Replaced by another change before it applied for a day"),
    lines.NOT_BILLED_AGAIN: gettext_lazy("The invoice was voided or credited in full; its period is not billed again"),
    lines.NOT_CREDITED_AGAIN: gettext_lazy("The credit memo was voided, and its amount is not credited again"),
    lines.OWN_COMPANY: gettext_lazy("The person responsible belongs to the company; somebody else has to try it again"),
    lines.REJECTED: gettext_lazy("Rejected by the approver"),
    lines.WITHDRAWN: gettext_lazy("Withdrawn by the person who recorded it"),
    lines.ENDED: gettext_lazy("The subscription had ended"),
    lines.RENEWAL_WAITS: gettext_lazy(
        "Renewal waits for credit: the payer's credit limit is reached. It is billed by the next run once there is"
        " room, or once it is allowed"
    ),
    lines.COUNTED: gettext_lazy("Counted, without changing the price of its period"),
    lines.CREDITED_BEFORE: gettext_lazy("The unused part had already been credited"),
    lines.TAX_NOT_DETERMINED: gettext_lazy(
        "Tax not determined: the payer has no country, or the tax table has no row for the product's "
        "tax class there. It is billed by the next run once this is set"
    ),
}
"""Why something was not billed."""


def as_json(line: ChargeLine | CreditLine) -> str:
    """All steps of a line, with its days and taxes, as the JSON text of a ``Told``."""
    steps: list[Sequence[Any]] = [("days_of", line.first, line.last)] if line.first else []
    steps += line.how
    if isinstance(line, ChargeLine):
        if line.discount:
            steps.append(("net", line.amount, line.discount, line.net))
        steps += _taxes("tax", line)
    else:
        steps += _taxes("tax_back" if line.source is not None else "tax", line)
    if isinstance(line, ChargeLine) and line.off:
        return _ENCODER.encode({"steps": steps, "off": line.off})
    return _ENCODER.encode({"steps": steps})


def _taxes(word: str, line: ChargeLine | CreditLine) -> list[Sequence[Any]]:
    return [(f"{word}_share" if tax.is_share else word, tax.name, tax.rate, tax.base, tax.amount) for tax in line.taxes]


def sentences(told: Told, currency: str) -> list[str]:
    """One sentence for each step, in the reader's language."""
    return [TELLERS[step[0]](currency, *step[1:]) for step in told["steps"]]


def _price(text: str, currency: str) -> str:
    """A price in major units with all its decimals, and at least the currency's."""
    decimals = exponent(currency)
    pattern = "#,##0." + "0" * decimals + "#" * (12 - decimals)
    return str(format_decimal(Decimal(text), format=pattern, locale=reader(), decimal_quantization=False))


def _number(text: str | int) -> str:
    return exact_text(Decimal(text))


def _days_of(_currency: str, first: str, last: str) -> str:
    locale = reader()
    return _("From %(first)s to %(last)s") % {
        "first": day_text(date.fromisoformat(first), locale),
        "last": day_text(date.fromisoformat(last), locale),
    }


def _sum(parts: list[list[str]], currency: str) -> str:
    return " + ".join(f"{_number(quantity)} {TIMES} {_price(each, currency)}" for quantity, each in parts)


def _tell_price(currency: str, model: str, parts: list[list[str]], price: str) -> str:
    total = _price(price, currency)
    if model == "flat":
        return _("Flat price %(price)s") % {"price": total}
    return f"{_sum(parts, currency)} = {total}"


def _tell_days(currency: str, days: int, of: int, amount: int) -> str:
    return ngettext("%(days)s of %(of)s day: %(amount)s", "%(days)s of %(of)s days: %(amount)s", of) % {
        "days": days,
        "of": of,
        "amount": amount_text(amount, currency),
    }


def _tell_discount(currency: str, _key: Any, rate: str | None, fixed: int | None, amount: int) -> str:
    size = percent_text(Decimal(rate)) if rate is not None else amount_text(fixed or 0, currency)
    return _("Discount of %(size)s: %(amount)s off") % {"size": size, "amount": amount_text(amount, currency)}


def _tell_discounts(currency: str, whole: int, given: int, amount: int) -> str:
    return _("Discounts on the period's usage: %(whole)s, of which %(given)s given earlier and %(amount)s here") % {
        "whole": amount_text(whole, currency),
        "given": amount_text(given, currency),
        "amount": amount_text(amount, currency),
    }


def _tell_net(currency: str, amount: int, discount: int, net: int) -> str:
    return _("%(amount)s less discounts of %(discount)s: %(net)s") % {
        "amount": amount_text(amount, currency),
        "discount": amount_text(discount, currency),
        "net": amount_text(net, currency),
    }


def _tell_tax(currency: str, name: str, rate: str, base: int, amount: int) -> str:
    return _("%(name)s %(rate)s of %(base)s: %(amount)s") % {
        "name": name,
        "rate": percent_text(Decimal(rate)),
        "base": amount_text(base, currency),
        "amount": amount_text(amount, currency),
    }


def _tell_tax_back(currency: str, name: str, rate: str, base: int, amount: int) -> str:
    return _("%(name)s %(rate)s charged on %(base)s: %(amount)s credited") % {
        "name": name,
        "rate": percent_text(Decimal(rate)),
        "base": amount_text(base, currency),
        "amount": amount_text(amount, currency),
    }


def _tell_tax_share(currency: str, name: str, rate: str, base: int, amount: int) -> str:
    return _("%(sum)s, its share of this tax on the whole document") % {
        "sum": _tell_tax(currency, name, rate, base, amount)
    }


def _tell_tax_back_share(currency: str, name: str, rate: str, base: int, amount: int) -> str:
    return _("%(sum)s, its share of this tax credited on the invoice") % {
        "sum": _tell_tax_back(currency, name, rate, base, amount)
    }


def _tell_usage(
    currency: str,
    records: int,
    before: str,
    after: str,
    paid: int,
    owed: int,
    _model: str,
    parts: list[list[str]],
) -> str:
    return ngettext(
        "%(records)s usage record: %(before)s used before (%(paid)s), %(after)s now: %(sum)s, which is %(owed)s",
        "%(records)s usage records: %(before)s used before (%(paid)s), %(after)s now: %(sum)s, which is %(owed)s",
        records,
    ) % {
        "records": records,
        "before": _number(before),
        "after": _number(after),
        "paid": amount_text(paid, currency),
        "owed": amount_text(owed, currency),
        "sum": _sum(parts, currency),
    }


def _tell_used(
    currency: str, counted: str, net: int, kept: str | int, whole: str | int, before: int, after: int
) -> str:
    figures = {
        "net": amount_text(net, currency),
        "kept": amount_text(int(kept), currency) if counted == "amount" else _number(kept),
        "whole": amount_text(int(whole), currency) if counted == "amount" else _number(whole),
        "used": amount_text(after, currency),
        "before": amount_text(before, currency),
        "credit": amount_text(before - after, currency),
    }
    if counted != "days":
        return _("%(kept)s of %(whole)s of usage remains: %(before)s less %(used)s is %(credit)s") % figures
    if before == net:
        return _("%(kept)s of %(whole)s days used: %(net)s less %(used)s is %(credit)s") % figures
    return _("%(kept)s of %(whole)s days used of %(net)s: %(before)s less %(used)s is %(credit)s") % figures


def _tell_pieces(currency: str, pieces: str, whole: str, net: int, wanted: int) -> str:
    return _("%(pieces)s of %(whole)s of %(net)s: %(credit)s") % {
        "pieces": _number(pieces),
        "whole": _number(whole),
        "net": amount_text(net, currency),
        "credit": amount_text(wanted, currency),
    }


def _tell_asked(currency: str, amount: int) -> str:
    return _("Requested: %(amount)s") % {"amount": amount_text(amount, currency)}


def _tell_cut_off(currency: str, wanted: int, room: int) -> str:
    return _("Only %(room)s of %(wanted)s could still be credited; the rest is an exception") % {
        "wanted": amount_text(wanted, currency),
        "room": amount_text(room, currency),
    }


def _tell_price_credited(currency: str, net: int, price: int, cost: int) -> str:
    return _("%(net)s less %(price)s credited of its price: %(cost)s") % {
        "net": amount_text(net, currency),
        "price": amount_text(price, currency),
        "cost": amount_text(cost, currency),
    }


def _tell_time_credited(currency: str, amount: int) -> str:
    return _("Already credited for unused time: %(amount)s") % {"amount": amount_text(amount, currency)}


def _tell_had(currency: str, wanted: int, room: int) -> str:
    return _("Only %(room)s of %(wanted)s remained to be credited; the rest was already credited") % {
        "wanted": amount_text(wanted, currency),
        "room": amount_text(room, currency),
    }


TELLERS: dict[str, Callable[..., str]] = {
    "days_of": _days_of,
    "price": _tell_price,
    "days": _tell_days,
    "discount": _tell_discount,
    "discounts": _tell_discounts,
    "net": _tell_net,
    "tax": _tell_tax,
    "tax_back": _tell_tax_back,
    "tax_share": _tell_tax_share,
    "tax_back_share": _tell_tax_back_share,
    "usage": _tell_usage,
    "used": _tell_used,
    "pieces": _tell_pieces,
    "asked": _tell_asked,
    "cut_off": _tell_cut_off,
    "price_credited": _tell_price_credited,
    "time_credited": _tell_time_credited,
    "had": _tell_had,
}
