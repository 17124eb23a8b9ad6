"""Credit of a charge: with its stored rates, on its account, and never more than can still be credited.

What was credited by hand counts by its reason, when unused time is credited later. Credit of the *price* lowers what
the time costs; credit for *time* was given for the same days, so it is taken off; credit for *nothing*, such as
goodwill, changes neither. Of a charge of 31.00 with 10.00 credited, cancelled with 15 of 31 days used, that leaves
10.84, 6.00 or 16.00 to credit. Corrections and refunds of a charge by events count as credit of its price.
"""

from datetime import date
from decimal import Decimal

from billing.rating.lines import CREDITED_BEFORE, OVER_CREDITABLE, Step
from billing.rating.proration import PLACES, used
from billing.rating.taxes import ChargedTax, credit_taxes
from billing.rating.worksheet import Opened, Worksheet
from core.money import EXACT
from subscriptions.domain.pricing import ONE
from subscriptions.periods import DAY


def each_of(amount: int, quantity: Decimal, exponent: int) -> tuple[Decimal, Decimal]:
    """An amount in minor units as quantity and unit price for print; one piece where the quantity says nothing."""
    whole = Decimal(amount).scaleb(-exponent)
    if quantity <= 0:
        return ONE, whole
    return quantity, EXACT.divide(whole, quantity).quantize(PLACES, context=EXACT)


def give_back(
    sheet: Worksheet,
    source: Opened,
    wanted: int,
    *,
    how: tuple[Step, ...],
    quantity: Decimal | None = None,
    days: tuple[date | None, date | None] | None = None,
    undone: Decimal | int = 0,
) -> None:
    """Credit ``wanted`` net of the price of a charge, as far as it goes; the cut-off part is put on record."""
    charged = source.charged
    room = max(0, charged.net - source.credited_net)
    if room < wanted:
        sheet.refuse(OVER_CREDITABLE, amount=wanted - room, source=charged.key)
        how = (*how, ("cut_off", wanted, room))
    given = min(wanted, room)
    source.price += given
    _credit(sheet, source, given, how=how, quantity=quantity, days=days, undone=undone)


def _credit(
    sheet: Worksheet,
    source: Opened,
    given: int,
    *,
    how: tuple[Step, ...],
    quantity: Decimal | None = None,
    days: tuple[date | None, date | None] | None = None,
    undone: Decimal | int = 0,
) -> None:
    """Add a line of ``given`` net with its taxes, if it is any."""
    charged = source.charged
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
        days=days or (charged.first, charged.last), taxes=taxes, how=how, undone=undone,
    )  # fmt: skip


def give_back_part(sheet: Worksheet, source: Opened, more: int, *, quantity: Decimal) -> None:
    """Credit ``more`` (minor units before discount) of usage: the used part before less the used part after."""
    charged = source.charged
    before = used(charged.net, charged.whole, source.undone)
    undo(sheet, source, more)
    after = used(charged.net, charged.whole, source.undone)
    step = ("used", charged.counted, charged.net, charged.whole - source.undone, charged.whole, before, after)
    give_back(sheet, source, before - after, how=(step,), quantity=quantity, undone=more)


def cut_days(sheet: Worksheet, source: Opened, last: date) -> None:
    """Credit the days of a charge after ``last``, which are no longer owed; all of them when it begins later.

    That is what it cost, less what was credited for time or cut before, less what the days until then cost. What other
    credit leaves no room for is explained, and no exception: the customer has had it.
    """
    charged = source.charged
    if charged.first is None or charged.last is None:
        raise ValueError(f"charge {charged.key} has no days")
    kept = max(0, (last - charged.first).days + 1)
    ended = charged.last - int(source.undone) * DAY
    more = charged.whole - source.undone - kept
    undo(sheet, source, more)
    cost = max(0, charged.net - source.price)
    before = max(0, cost - charged.timed - source.cut)
    after = used(cost, charged.whole, source.undone)
    wanted, room = max(0, before - after), max(0, charged.net - source.credited_net)
    how: tuple[Step, ...] = (("used", "days", cost, kept, charged.whole, before, after),)
    if source.price:
        how = (("price_credited", charged.net, source.price, cost), *how)
    if charged.timed:
        how = (*how[:-1], ("time_credited", charged.timed), how[-1])
    if room < wanted:
        sheet.refuse(CREDITED_BEFORE, amount=wanted - room, source=charged.key)
        how = (*how, ("had", wanted, room))
    given = min(wanted, room)
    source.cut += given
    _credit(sheet, source, given, how=how, days=(charged.first + kept * DAY, ended), undone=more)


def undo(sheet: Worksheet, source: Opened, more: Decimal | int) -> None:
    """Count what is given back, whether or not there is anything left to credit for it."""
    source.undone += more
    sheet.rated.undone[source.charged.key] = source.undone
