"""One-off orders, their corrections, and refunds of any charge."""

from decimal import Decimal

from billing.rating.credits import each_of, give_back, undo
from billing.rating.discounts import holding, offs, take
from billing.rating.events import Event, event_day
from billing.rating.lines import AMOUNT_OUT_OF_RANGE, INCOMPLETE, NO_SOURCE, OVER_CREDITABLE
from billing.rating.proration import price_each, prorated
from billing.rating.taxes import charge_taxes
from billing.rating.worksheet import Opened, Worksheet
from core.money import EXACT, MAX_AMOUNT, proportion
from creditmemos.domain.part_credits import net_of_quantity
from invoices.domain.charging import TaxRate
from subscriptions.domain.pricing import ONE, price_of


def charge_order(sheet: Worksheet) -> None:
    """Charge what was ordered once, at its price and with the discounts of its day."""
    event = sheet.event
    if event.pricing is None or event.quantity is None or event.quantity < 0:
        sheet.refuse(INCOMPLETE)
        return
    price, parts = price_of(event.pricing, event.quantity)
    quantity = ONE if event.pricing.model == "flat" else event.quantity
    item = event.item
    day = event_day(event, sheet.rules)
    held = holding(sheet.contract.discounts, item, day) if item else []
    general = [each for each in held if each.is_general]
    discount, taken = take(price.scaleb(sheet.rules.exponent, EXACT), held, most=sheet.left(general, day))
    sheet.charge(
        prorated(price, 1, 1, sheet.rules.exponent), item=item, counted="pieces", whole=quantity or ONE,
        quantity=quantity, unit_price=parts[0][1] if len(parts) == 1 else price_each(price, quantity, 1, 1),
        days=None, how=(("price", event.pricing.model, parts, price), *[("discount", *each) for each in taken]),
        discount=discount, off=offs(taken, general, day),
    )  # fmt: skip


def correct(sheet: Worksheet) -> None:
    """Correct a charge by an amount or by a quantity, up (a charge with its rates) or down (a credit)."""
    event = sheet.event
    source = sheet.open(event.source)
    if event.source is not None and source is None:
        sheet.refuse(NO_SOURCE, amount=max(0, -(event.amount or 0)))
    elif (event.amount or event.quantity or 0) == 0:
        sheet.refuse(INCOMPLETE)
    elif event.amount is None and source is None:
        _correct_order(sheet, event)
    elif source is None:
        _correct_amount(sheet, event.amount or 0)
    elif event.amount is not None:
        _correct_source(sheet, source, event.amount)
    else:
        _correct_quantity(sheet, source, event.quantity or Decimal(0))


def refund(sheet: Worksheet) -> None:
    """Credit an amount of a charge, or all that is left of it."""
    source, amount = sheet.open(sheet.event.source), sheet.event.amount
    if source is None:
        sheet.refuse(NO_SOURCE, amount=max(0, amount or 0))
    elif amount is not None and amount <= 0:
        sheet.refuse(INCOMPLETE)
    else:
        room = max(0, source.charged.net - source.credited_net)
        wanted = amount or room
        if not wanted:
            sheet.refuse(OVER_CREDITABLE, source=source.charged.key)
        give_back(sheet, source, wanted, how=(("asked", wanted),))


def _correct_source(sheet: Worksheet, source: Opened, amount: int) -> None:
    if amount < 0:
        give_back(sheet, source, -amount, how=(("asked", -amount),))
    else:
        _charge_more(sheet, source, amount, source.charged.quantity if source.charged.net == amount else ONE)


def _correct_quantity(sheet: Worksheet, source: Opened, quantity: Decimal) -> None:
    """By quantity: cumulative over what was given back of an order, else the quantity's share of the charge."""
    charged = source.charged
    if not charged.quantity:
        sheet.refuse(INCOMPLETE)
    elif quantity > 0:
        _charge_more(sheet, source, proportion(charged.net, quantity, charged.quantity), quantity)
    elif charged.counted == "pieces":
        _take_back(sheet, source, -quantity)
    else:
        wanted = proportion(charged.net, -quantity, charged.quantity)
        give_back(sheet, source, wanted, how=(("pieces", -quantity, charged.quantity, charged.net, wanted),))


def _take_back(sheet: Worksheet, source: Opened, pieces: Decimal) -> None:
    charged = source.charged
    whole = Decimal(charged.whole)
    within = min(pieces, whole - source.undone)
    wanted = net_of_quantity(
        net=charged.net, quantity=whole, credited_quantity=Decimal(source.undone),
        credited_net=proportion(charged.net, source.undone, whole), credit=within,
    ) + proportion(charged.net, pieces - within, whole)  # fmt: skip
    undo(sheet, source, within)
    give_back(
        sheet, source, wanted, quantity=pieces, undone=within, how=(("pieces", pieces, whole, charged.net, wanted),)
    )


def _charge_more(sheet: Worksheet, source: Opened, amount: int, quantity: Decimal) -> None:
    """Charge more of something, with the rates that it was charged with; discounts are in its net already."""
    charged = source.charged
    pieces, each = each_of(amount, quantity, sheet.rules.exponent)
    sheet.charge(
        amount, item=sheet.event.item, counted="pieces", whole=pieces, quantity=pieces, unit_price=each, days=None,
        how=(("asked", amount),), account=charged.account,
        rates=[TaxRate(tax.name, tax.rate) for tax in charged.taxes],
    )  # fmt: skip


def _correct_order(sheet: Worksheet, event: Event) -> None:
    """A quantity of an item at a price, with no charge that it belongs to."""
    if event.quantity is None or event.pricing is None:
        sheet.refuse(INCOMPLETE)
    elif event.quantity > 0:
        charge_order(sheet)
    else:
        price = price_of(event.pricing, -event.quantity)[0]
        _correct_amount(sheet, -prorated(price, 1, 1, sheet.rules.exponent), -event.quantity)


def _correct_amount(sheet: Worksheet, amount: int, quantity: Decimal = ONE) -> None:
    """An amount with no charge that it belongs to: today's rates."""
    item, how = sheet.event.item, (("asked", abs(amount)),)
    pieces, each = each_of(abs(amount), quantity, sheet.rules.exponent)
    if abs(amount) > MAX_AMOUNT:
        sheet.refuse(AMOUNT_OUT_OF_RANGE)
    elif amount > 0:
        sheet.charge(
            amount, item=item, counted="pieces", whole=pieces, quantity=pieces, unit_price=each, days=None, how=how
        )
    elif amount < 0:
        sheet.credit(
            -amount, account=sheet.contract.account, source=None, item=item, quantity=pieces, unit_price=each,
            days=(None, None), taxes=charge_taxes(-amount, sheet.rates(item)), how=how,
        )  # fmt: skip
