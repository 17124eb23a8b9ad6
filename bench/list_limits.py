"""The statements that bench/lists.py takes as the limit: what one would write by hand for exactly these 25 rows."""

from dataclasses import dataclass

COLUMNS = (
    "m.id, m.number, m.document_date, m.payer_id, m.payer_name, m.billed_user_name, m.source, m.total, m.applied,"
    " m.balance, m.status, r.code"
)
LATE = (
    f"SELECT {COLUMNS} FROM (SELECT id FROM creditmemos_creditmemo WHERE marketplace_id = %(market)s {{where}}"
    " ORDER BY {order} LIMIT 25 {offset}) p JOIN creditmemos_creditmemo m ON m.id = p.id"
    " LEFT JOIN creditmemos_creditreason r ON r.id = m.reason_id ORDER BY {outer}"
)
DATE = ("document_date DESC, id DESC", "m.document_date DESC, m.id DESC")
ACTIVE = "AND status <> 'voided'"


@dataclass(frozen=True, slots=True)
class Case:
    """One page: the product's query string and the hand-written statements, of which the quickest counts."""

    name: str
    query: str
    statements: tuple[str, ...]


def late(where: str = ACTIVE, order: tuple[str, str] = DATE, offset: int = 0) -> str:
    """Ids by the narrowest index, then those rows."""
    return LATE.format(where=where, order=order[0], outer=order[1], offset=f"OFFSET {offset}" if offset else "")


def by(column: str, *, falling: bool) -> tuple[str, str]:
    """An order by one column and the id."""
    way = " DESC" if falling else ""
    return f"{column}{way}, id{way}", f"m.{column}{way}, m.id{way}"


_COMPANIES = "SELECT id FROM companies_company WHERE marketplace_id = %(market)s AND UPPER(name) LIKE UPPER({})"
PAYERS = f"AND payer_id IN ({_COMPANIES})"
ARRAY = f"AND payer_id = ANY(ARRAY({_COMPANIES}))"
NORD = "'%%nord%%'"
MANY = PAYERS.format(NORD)
ONE = "%(one_like)s"

LIMITS = (
    Case("first", "", (late(),)),
    Case("thousandth", "?page=1000", (late(offset=24_975),)),
    Case("status", "?status=unapplied", (late("AND status = 'unapplied'"),)),
    Case(
        "search, many",
        "?q=nord",
        (late(f"{ACTIVE} {MANY}"), late(f"{ACTIVE} {ARRAY.format(NORD)}")),
    ),
    Case("search, one", "?q={one}", (late(f"{ACTIVE} {PAYERS.format(ONE)}"), late(f"{ACTIVE} {ARRAY.format(ONE)}"))),
    Case(
        "date range",
        "?date_from={first_day}&date_to={last_day}",
        (late(f"{ACTIVE} AND document_date BETWEEN %(first_day)s AND %(last_day)s"),),
    ),
    *(
        Case(f"by {name}", f"?sort={'-' if falling else ''}{name}", (late(order=by(column, falling=falling)),))
        for name, column, falling in (
            ("number", "sequence", True),
            ("date", "document_date", False),
            ("company", "payer_name", False),
            ("total", "total", True),
            ("balance", "balance", True),
        )
    ),
)
SUMS = (
    "SELECT count(*), sum(total), sum(applied), sum(balance) FROM creditmemos_creditmemo"
    " WHERE marketplace_id = %(market)s {}"
)
TOTALS = (
    Case("all", "", (SUMS.format(ACTIVE),)),
    Case("status", "?status=unapplied", (SUMS.format("AND status = 'unapplied'"),)),
    Case("search, many", "?q=nord", (SUMS.format(f"{ACTIVE} {MANY}"),)),
)
