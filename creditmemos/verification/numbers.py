"""What must hold of numbers, their order and their series: I12."""

from collections.abc import Iterator
from dataclasses import replace

from creditmemos.verification.rules import Rule, TableRules
from documents.domain.kinds import numbered

_DIGITS = "CASE WHEN d.sequence < 100000 THEN substr(CAST(100000 + d.sequence AS text), 2) ELSE {plain} END"
_RENDERED = f"d.number LIKE '%' || {_DIGITS.format(plain='CAST(d.sequence AS text)')}"

NUMBERS = TableRules(
    what="document",
    key="d.kind || ' ' || d.id",
    rows="""(SELECT d.*, lag(d.sequence) OVER before AS previous, lag(d.issue_date) OVER before AS previous_date
            FROM {documents} d WINDOW before AS (PARTITION BY d.series_id ORDER BY d.sequence)) d
        LEFT JOIN documents_numberseries s ON s.id = d.series_id""",
    rules=(
        Rule(
            "I12",
            "the series is not its merchant's and kind's",
            "s.marketplace_id = d.marketplace_id AND s.merchant_id = d.merchant_id"
            " AND (s.kind = d.kind OR (s.kind = 'shared' AND d.kind <> 'adjustment'))",
        ),
        Rule(
            "I12", "a number before it is missing or given twice", "d.sequence = coalesce(d.previous + 1, d.sequence)"
        ),
        Rule("I12", "it is dated before its predecessor", "d.issue_date >= coalesce(d.previous_date, d.issue_date)"),
        Rule("I12", "the number does not end in its sequence", _RENDERED),
        Rule(
            "I12",
            "the series is another year's",
            "s.year = 0 OR CAST(substr(CAST(d.issue_date AS text), 1, 4) AS integer) = s.year",
        ),
    ),
)

SERIES = TableRules(
    what="series",
    key="s.id",
    rows="""documents_numberseries s LEFT JOIN (
            SELECT series_id, count(*) AS n, min(sequence) AS low, max(sequence) AS high, max(issue_date) AS latest
            FROM {documents} d GROUP BY series_id) d ON d.series_id = s.id""",
    rules=(
        Rule(
            "I12",
            "the documents are not first to last number",
            "CASE WHEN d.n IS NULL THEN s.last_number = s.first_number - 1"
            " ELSE d.low = s.first_number AND d.high = s.last_number"
            " AND d.n = s.last_number - s.first_number + 1 END",
        ),
        Rule("I12", "the last date is not its last document's", "d.latest IS NULL OR d.latest = s.last_date"),
    ),
)

RENDERED = TableRules(
    what="merchant and number",
    key="x.merchant_id || ' ' || x.number",
    rows="""(SELECT d.merchant_id, d.number, count(*) AS n, count(DISTINCT d.kind) AS kinds,
                max(CASE WHEN s.kind = 'shared' THEN 1 ELSE 0 END) AS shared
            FROM {documents} d JOIN documents_numberseries s ON s.id = d.series_id
            GROUP BY d.marketplace_id, d.merchant_id, d.number) x""",
    rules=(Rule("I12", "the rendered number is given twice", "x.n = 1 OR (x.n = x.kinds AND x.shared = 0)"),),
)


def table_rules() -> list[TableRules]:
    """The three over the documents of all kinds that get numbers."""
    documents = f"({' UNION ALL '.join(_selected())})"
    return [replace(each, rows=each.rows.format(documents=documents)) for each in (NUMBERS, SERIES, RENDERED)]


def _selected() -> Iterator[str]:
    columns = "id, marketplace_id, merchant_id, series_id, sequence, issue_date, number"
    for kind in numbered():
        table = kind.documents().model._meta.db_table
        yield f"SELECT {kind.series_sql()} AS kind, {columns} FROM {table} WHERE number IS NOT NULL"
