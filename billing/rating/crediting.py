"""Credit of a charge: with its stored rates, on its account, and never more than can still be credited."""

from datetime import date
from decimal import Decimal

from billing.rating.lines import OVER_CREDITABLE, Step
from billing.rating.proration import PLACES, used
from billing.rating.sheet import Opened, Sheet
from billing.rating.taxes import ChargedTax, credit_taxes
from core.money import EXACT
from subscriptions.periods import DAY
from subscriptions.pricing import ONE


def each_of(amount: int, quantity: Decimal, exponent: int) -> tuple[Decimal, Decimal]:
    """An amount in minor units as quantity and unit price for print; one piece where the quantity says nothing."""
    whole = Decimal(amount).scaleb(-exponent)
    if quantity <= 0:
        return ONE, whole
    return quantity, EXACT.divide(whole, quantity).quantize(PLACES, context=EXACT)


def give_back(
    sheet: Sheet,
    source: Opened,
    wanted: int,
    *,
    how: tuple[Step, ...],
    quantity: Decimal | None = None,
    days: tuple[date | None, date | None] | None = None,
) -> None:
    """Credit ``wanted`` net of a charge, as far as it goes; the cut-off part is put on record."""
    charged = source.charged
    room = max(0, charged.net - source.credited_net)
    given = min(wanted, room)
    if given < wanted:
        sheet.refuse(OVER_CREDITABLE, amount=wanted - given, source=charged.key)
        how = (*how, ("cut_off", wanted, room))
    if given <= 0:
        return
    taxes = credit_taxes(given, net=charged.net, credited_net=source.credited_net, taxes=source.taxes)
    source.credited_net += given
    source.taxes = [
        ChargedTax(old.key, old.name, old.rate, old.amount, old.credited + new.amount)
        for old, new in zip(source.taxes, taxes, strict=True)
    ]
    pieces, price = each_of(given, charged.quantity if quantity is None else quantity, sheet.rules.exponent)
    sheet.credit(
        given, account=charged.account, source=charged.key, item=None, quantity=pieces, unit_price=price,
        days=days or (charged.first, charged.last), taxes=taxes, how=how,
    )  # fmt: skip


def give_back_part(sheet: Sheet, source: Opened, more: int, *, quantity: Decimal) -> None:
    """Credit ``more`` (minor units before discount) of usage: the used part before less the used part after."""
    charged = source.charged
    before = used(charged.net, charged.whole, source.undone)
    undo(sheet, source, more)
    after = used(charged.net, charged.whole, source.undone)
    step = ("used", charged.counted, charged.net, charged.whole - source.undone, charged.whole, before, after)
    give_back(sheet, source, before - after, how=(step,), quantity=quantity)


def cut_days(sheet: Sheet, source: Opened, last: date) -> None:
    """Credit the days of a charge after ``last``, which are no longer owed; all of them when it begins later."""
    charged = source.charged
    if charged.first is None or charged.last is None:
        raise ValueError(f"charge {charged.key} has no days")
    kept = max(0, (last - charged.first).days + 1)
    ended = charged.last - int(source.undone) * DAY
    before = used(charged.net, charged.whole, source.undone)
    undo(sheet, source, charged.whole - source.undone - kept)
    after = used(charged.net, charged.whole, source.undone)
    step = ("used", "days", charged.net, kept, charged.whole, before, after)
    give_back(sheet, source, before - after, how=(step,), days=(charged.first + kept * DAY, ended))


def undo(sheet: Sheet, source: Opened, more: Decimal | int) -> None:
    """Count what is given back, whether or not there is anything left to credit for it."""
    source.undone += more
    sheet.rated.undone[source.charged.key] = source.undone
