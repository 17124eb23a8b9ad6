"""Charges made before, as rating wants them, with what is needed to write a credit of one."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from billing.models.charges import MILLIONTHS
from billing.rating import Charged, ChargedTax, Key
from billing.rating.allowances import Allowances, Took
from billing.rating.contracts import Counted
from billing.rating.discounts import Off

_COLUMNS = """
SELECT c.id, c.key, c.account_id, c.subscription_id, t.key, c.counted, c.whole, c.undone, c.first, c.last,
       l.id, l.net, l.credited_net, l.quantity, l.unit_price, l.description, l.product_name, l.product_uuid,
       l.vendor_id, l.subscription_uuid, i.billed_user_id, i.voided_at IS NOT NULL OR c.state = 'settled',
       i.id, i.tax_by, CASE WHEN l.discount > 0 THEN c.how END
FROM billing_charge c
JOIN invoices_invoiceline l ON l.id = c.invoice_line_id
JOIN invoices_invoice i ON i.id = l.invoice_id
LEFT JOIN subscriptions_subscriptionterms t ON t.id = c.terms_id
"""
_OFF = """
SELECT c.account_id, c.key, c.counted, c.whole, c.undone, c.how
FROM invoices_invoice i JOIN invoices_invoiceline l ON l.invoice_id = i.id
JOIN billing_charge c ON c.invoice_line_id = l.id
WHERE i.account_id IN ({marks}) AND i.document_date >= %s AND i.voided_at IS NULL AND c.state = 'live'
    AND l.discount > 0
"""
_REACHING = f"""
WITH wanted(subscription_id, floor) AS (VALUES {{marks}})
{_COLUMNS} JOIN wanted w ON w.subscription_id = c.subscription_id AND c.last >= w.floor AND c.state <> 'returned'
ORDER BY c.id
"""
_NAMED = f"""
{_COLUMNS} WHERE c.marketplace_id = %s AND c.key IN ({{marks}}) AND i.voided_at IS NULL AND c.state = 'live'
ORDER BY c.id
"""
_ON_INVOICES = """
SELECT c.charge_id, NULL, sum(c.net) FROM billing_credit c
WHERE c.invoice_line_id IS NOT NULL AND NOT c.returned AND c.charge_id IN ({marks}) GROUP BY c.charge_id
UNION ALL
SELECT c.charge_id, x.name, -sum(x.amount) FROM billing_credit c
JOIN invoices_invoicelinetax x ON x.line_id = c.invoice_line_id
WHERE NOT c.returned AND c.charge_id IN ({marks}) GROUP BY c.charge_id, x.name
"""
_KINDS = """
SELECT l.invoice_line_id, m.counts_as, sum(l.net)
FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemo m ON m.id = l.memo_id
WHERE l.invoice_line_id IN ({lines}) AND m.number IS NOT NULL AND m.voided_at IS NULL AND m.counts_as <> ''
GROUP BY l.invoice_line_id, m.counts_as
UNION ALL
SELECT h.invoice_line_id, 'price', sum(c.net)
FROM billing_credit c JOIN billing_charge h ON h.id = c.charge_id
LEFT JOIN creditmemos_creditmemoline l ON l.id = c.memo_line_id LEFT JOIN creditmemos_creditmemo m ON m.id = l.memo_id
WHERE c.charge_id IN ({charges}) AND c.kind IN ('correction', 'refund') AND m.voided_at IS NULL AND NOT c.returned
GROUP BY h.invoice_line_id
UNION ALL
SELECT h.invoice_line_id, 'cut', sum(c.net)
FROM billing_credit c JOIN billing_charge h ON h.id = c.charge_id
WHERE c.charge_id IN ({charges}) AND c.kind NOT IN ('correction', 'refund') AND NOT c.returned
GROUP BY h.invoice_line_id
"""
"""What credit of each charge counts as. What a run cut stays cut, though its memo be voided, unless it is cut again."""
_TAXES = """
SELECT x.line_id, x.id, x.name, x.rate, x.amount, x.credited FROM invoices_invoicelinetax x
WHERE x.line_id IN ({marks}) ORDER BY x.id
"""


class ChargeRow(NamedTuple):
    """A stored charge: ``charged`` for rating, the rest for the line that may undo it; ``tax_by`` is its invoice's."""

    id: int
    charged: Charged
    subscription_id: int | None
    line_id: int
    description: str
    product_name: str
    product_uuid: UUID | None
    vendor_id: int | None
    subscription_uuid: UUID | None
    billed_user_id: int | None
    invoice_id: int
    tax_by: str


def stored(counted: str, value: Decimal | int) -> int:
    """Days and amounts as they are, pieces as millionths: how charges are kept."""
    return int(value * MILLIONTHS) if counted == "pieces" else int(value)


def charges_reaching(floors: dict[int, date]) -> list[ChargeRow]:
    """All charges of these subscriptions whose last day is on or after the subscription's floor, as they were made.

    Those of voided invoices are among them: what they were for is settled.
    """
    if not floors:
        return []
    date_mark = "(%s::bigint, %s::date)" if connection.vendor == "postgresql" else "(%s, %s)"
    marks = ", ".join([date_mark] * len(floors))
    return _rows(_REACHING.format(marks=marks), [value for pair in floors.items() for value in pair])


def charges_named(marketplace_id: int, keys: Iterable[str]) -> list[ChargeRow]:
    """The charges with these keys, if their invoices stand."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    return _rows(_NAMED.format(marks=_marks(wanted)), [marketplace_id, *wanted])


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows(statement: str, values: list[Any]) -> list[ChargeRow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
        taxes: dict[int, list[ChargedTax]] = defaultdict(list)
        on_invoices: dict[int, dict[str | None, int]] = {}
        kinds: dict[int, dict[str, int]] = {}
        lines = [row[10] for row in found]
        if lines:
            cursor.execute(_TAXES.format(marks=_marks(lines)), lines)
            for line, key, name, rate, amount, credited in cursor.fetchall():
                taxes[line].append(ChargedTax(key, name, _decimal(rate), amount, credited))
            on_invoices = _credited_on_invoices(cursor, [row[0] for row in found])
            kinds = _kinds_of_credit(cursor, lines, [row[0] for row in found])
    return [_with(_row(row, taxes.get(row[10], [])), on_invoices, kinds.get(row[10], {})) for row in found]


def _kinds_of_credit(cursor: Any, lines: Sequence[int], charges: Sequence[int]) -> dict[int, dict[str, int]]:
    """What was credited of each invoice line by what it counts as, in minor units: price, time, nothing or cut."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cursor.execute(_KINDS.format(lines=_marks(lines), charges=_marks(charges)), [*lines, *charges, *charges])
    for line, kind, amount in cursor.fetchall():
        found[line][kind] += int(amount)
    return found


def _credited_on_invoices(cursor: Any, charge_ids: Sequence[int]) -> dict[int, dict[str | None, int]]:
    """What lines below zero have credited of charges, net (under None) and each tax; memos count on the charge."""
    found: dict[int, dict[str | None, int]] = defaultdict(dict)
    cursor.execute(_ON_INVOICES.format(marks=_marks(charge_ids)), [*charge_ids, *charge_ids])
    for charge, name, amount in cursor.fetchall():
        found[charge][name] = int(amount)
    return found


def _with(row: ChargeRow, on_invoices: dict[int, dict[str | None, int]], kinds: dict[str, int]) -> ChargeRow:
    if kinds:
        price, timed, cut = (kinds.get(kind, 0) for kind in ("price", "time", "cut"))
        row = row._replace(charged=row.charged._replace(price=price, timed=timed, cut=cut))
    more = on_invoices.get(row.id)
    if more is None:
        return row
    taxes = [tax._replace(credited=tax.credited + more.get(tax.name, 0)) for tax in row.charged.taxes]
    charged = row.charged._replace(credited_net=row.charged.credited_net + more.get(None, 0), taxes=taxes)
    return row._replace(charged=charged)


def _row(row: tuple[Any, ...], taxes: list[ChargedTax]) -> ChargeRow:
    pk, key, account, subscription, terms, counted, whole, undone, first, last, line = row[:11]
    net, credited, quantity, price, description, product, product_uuid, vendor, subscription_uuid, user = row[11:21]
    void, invoice, tax_by, how = row[21:]
    kind: Counted = counted
    if counted == "pieces":
        whole, undone = Decimal(whole) / MILLIONTHS, Decimal(undone) / MILLIONTHS
    charged = Charged(
        key, account, terms, kind, whole, undone, _decimal(quantity), _decimal(price), _day(first), _day(last), net,
        credited, taxes, bool(void), off=_off(how),
    )  # fmt: skip
    return ChargeRow(
        pk, charged, subscription, line, description, product, _uuid(product_uuid), vendor, _uuid(subscription_uuid),
        user, invoice, tax_by,
    )  # fmt: skip


def taken_off(account_ids: Iterable[int], since: date) -> dict[int, Allowances]:
    """What charges of these accounts, invoiced on or after a day, took of fixed discounts."""
    accounts = sorted(account_ids)
    found: dict[int, list[tuple[Key, Took]]] = {account: [] for account in accounts}
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(_OFF.format(marks=_marks(accounts)), [*accounts, since])
            for account, key, counted, whole, undone, how in cursor.fetchall():
                parts = MILLIONTHS if counted == "pieces" else 1
                took = Took(_off(how), Decimal(whole) / parts, Decimal(undone) / parts)
                if took.off:
                    found[account].append((key, took))
    return {account: Allowances(took) for account, took in found.items()}


def _off(how: Any) -> tuple[Off, ...]:
    """What a charge took of fixed discounts."""
    if how is None:
        return ()
    told = json.loads(how) if isinstance(how, str) else how
    return tuple([Off(key, date.fromisoformat(place), amount) for key, place, amount in told.get("off", ())])


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _uuid(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) else value
