"""The limit: the rows of a run written again by INSERT ... SELECT from tables that hold them already.

Nothing is worked out here. Rows get new keys, the database's guards and triggers do their work as for the product, and
each chunk of payers is a transaction with its numbers last, as the product's batches are.
"""

from collections.abc import Iterator
from time import perf_counter

from django.db import connection, transaction

SHIFT = 10**10
"""What is added to every id."""
U = "md5({0}::text || 'again')::uuid"

STAGES = {
    "invoice": "SELECT i.*, l.id AS run_line FROM invoices_invoice i JOIN billing_rundocument d ON d.invoice_id = i.id"
    " JOIN billing_runline l ON l.id = d.line_id WHERE d.run_id = {run}",
    "memo": "SELECT m.*, l.id AS run_line FROM creditmemos_creditmemo m JOIN billing_rundocument d ON d.memo_id = m.id"
    " JOIN billing_runline l ON l.id = d.line_id WHERE d.run_id = {run}",
    "line": "SELECT x.*, i.run_line FROM invoices_invoiceline x JOIN s_invoice i ON i.id = x.invoice_id",
    "tax": "SELECT x.*, l.run_line FROM invoices_invoicelinetax x JOIN s_line l ON l.id = x.line_id",
    "charge": "SELECT x.*, l.run_line FROM billing_charge x JOIN s_line l ON l.id = x.invoice_line_id",
    "mline": "SELECT x.*, m.run_line FROM creditmemos_creditmemoline x JOIN s_memo m ON m.id = x.memo_id",
    "mtax": "SELECT x.*, l.run_line FROM creditmemos_creditmemolinetax x JOIN s_mline l ON l.id = x.line_id",
    "credit": "SELECT x.*, l.run_line FROM billing_credit x JOIN s_mline l ON l.id = x.memo_line_id",
    "document": "SELECT x.*, x.line_id AS run_line FROM billing_rundocument x WHERE x.run_id = {run}",
    "application": "SELECT a.*, m.run_line FROM creditmemos_application a JOIN s_memo m ON m.id = a.memo_id",
    "mpart": "SELECT p.*, a.run_line FROM creditmemos_memopart p JOIN s_application a ON a.id = p.application_id",
    "ipart": "SELECT p.*, a.run_line FROM creditmemos_invoicepart p JOIN s_application a ON a.id = p.application_id",
    "entry": "SELECT e.*, coalesce(i.run_line, m.run_line) AS run_line, t.verb FROM ledger_journalentry e"
    " JOIN ledger_journaltransaction t ON t.id = e.transaction_id"
    " LEFT JOIN s_invoice i ON i.id = e.invoice_id LEFT JOIN s_memo m ON m.id = e.memo_id"
    " WHERE coalesce(i.run_line, m.run_line) IS NOT NULL",
    "other": "SELECT e.*, x.run_line, x.verb FROM ledger_journalentry e"
    " JOIN (SELECT DISTINCT transaction_id, run_line, verb FROM s_entry) x USING (transaction_id)"
    " WHERE e.invoice_id IS NULL AND e.memo_id IS NULL",
    "header": "SELECT t.*, x.run_line FROM ledger_journaltransaction t"
    " JOIN (SELECT DISTINCT transaction_id, run_line FROM s_entry) x ON x.transaction_id = t.id",
    "audit": "SELECT a.*, coalesce(i.run_line, m.run_line) AS run_line FROM core_auditentry a"
    " LEFT JOIN s_invoice i ON a.kind = 'invoice' AND i.id = a.object_id"
    " LEFT JOIN s_memo m ON a.kind = 'credit_memo' AND m.id = a.object_id"
    " WHERE coalesce(i.run_line, m.run_line) IS NOT NULL",
    "job": "SELECT j.*, coalesce(i.run_line, m.run_line) AS run_line FROM core_outboxjob j"
    " LEFT JOIN s_invoice i ON j.topic = 'invoice.issued' AND i.id = (j.payload->>'invoice_id')::bigint"
    " LEFT JOIN s_memo m ON j.topic LIKE 'credit_memo.%%' AND m.id = (j.payload->>'memo_id')::bigint"
    " WHERE coalesce(i.run_line, m.run_line) IS NOT NULL",
}  # fmt: skip


def columns(table: str) -> list[str]:
    """The columns of a table, in order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        return [column.name for column in cursor.description or ()]


def stage(run_id: int) -> None:
    """Keep what a run wrote in tables of their own, by the payer's line."""
    with connection.cursor() as cursor:
        for name, query in STAGES.items():
            cursor.execute(f"DROP TABLE IF EXISTS s_{name}")
            cursor.execute(f"CREATE UNLOGGED TABLE s_{name} AS {query.format(run=run_id).replace('%%', '%')}")
            cursor.execute(f"CREATE INDEX ON s_{name} (run_line)")
        cursor.execute("ANALYZE")


def again(table: str, staged: str, where: str = "", **changed: str) -> str:
    """INSERT ... SELECT of the staged rows of some payers, with some columns changed."""
    names = [name for name in columns(table) if changed.get(name) != ""]
    values = ", ".join(changed.get(name, f's."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table} ({quoted}) SELECT {values} FROM s_{staged} s"
        f" WHERE s.run_line BETWEEN %(first)s AND %(last)s{where}"
    )


class Limit:
    """Writes a run's rows again, chunk by chunk."""

    def __init__(self, run_id: int) -> None:
        stage(run_id)
        self.run_id = run_id
        unissued = {
            "status": "'draft'", "number": "NULL", "series_id": "NULL", "sequence": "NULL", "issue_date": "NULL",
            "effective_date": "NULL", "issued_at": "NULL",
        }  # fmt: skip
        by_id = f"s.id + {SHIFT}"
        entry = {"id": "", "transaction_id": U.format("s.transaction_id"), "invoice_id": f"s.invoice_id + {SHIFT}",
                 "memo_id": f"s.memo_id + {SHIFT}"}  # fmt: skip
        told = {"id": "", "object_id": f"s.object_id + {SHIFT}"}
        job = {"id": "", "event": U.format("s.event")}
        issuing = " AND s.verb <> 'creditmemo.apply'"
        self.issue = [
            again("invoices_invoice", "invoice", id=by_id, due_date="NULL", credited="0", amount_due="0", **unissued),
            again("invoices_invoiceline", "line", id=by_id, invoice_id=f"s.invoice_id + {SHIFT}", credited_net="0"),
            again("invoices_invoicelinetax", "tax", id=by_id, line_id=f"s.line_id + {SHIFT}", credited="0"),
            again("creditmemos_creditmemo", "memo", id=by_id, applied="0", balance="0",
                  sibling_invoice_id=f"s.sibling_invoice_id + {SHIFT}", **unissued),
            again("creditmemos_creditmemoline", "mline", id=by_id, memo_id=f"s.memo_id + {SHIFT}"),
            again("creditmemos_creditmemolinetax", "mtax", id=by_id, line_id=f"s.line_id + {SHIFT}"),
            again("ledger_journalentry", "entry", issuing, **entry),
            again("ledger_journalentry", "other", issuing, **entry),
            again("ledger_journaltransaction", "header", issuing, id=U.format("s.id")),
            again("core_auditentry", "audit", " AND s.verb <> 'credit_memo.applied'", **told),
            again("core_outboxjob", "job", " AND s.topic <> 'credit_memo.applied'", **job),
            again("billing_charge", "charge", id=by_id, key="s.key || '*'",
                  invoice_line_id=f"s.invoice_line_id + {SHIFT}"),
            again("billing_credit", "credit", id=by_id, key="s.key || '*'", memo_line_id=f"s.memo_line_id + {SHIFT}"),
            again("billing_rundocument", "document", id=by_id, invoice_id=f"s.invoice_id + {SHIFT}",
                  memo_id=f"s.memo_id + {SHIFT}"),
            ("UPDATE subscriptions_subscription t SET due_on = t.due_on + 1 FROM s_charge s"
            " WHERE s.run_line BETWEEN %(first)s AND %(last)s AND t.id = s.subscription_id"),
            ("UPDATE billing_billingevent t SET status = 'billed', run_id = t.run_id FROM s_credit s"
            " WHERE s.run_line BETWEEN %(first)s AND %(last)s AND t.id = s.event_id"),
            ("UPDATE billing_runline t SET state = 'issued', charges = charges + 1"
            " WHERE id BETWEEN %(first)s AND %(last)s"),
            *numbers("invoices_invoice", "invoice", "invoice",
                     "due_date = s.due_date, amount_due = t.total, status = 'unpaid'"),
            *numbers("creditmemos_creditmemo", "memo", "credit_memo", "balance = t.total, status = 'unapplied'"),
        ]  # fmt: skip
        new = {"application_id": U.format("s.application_id"), "line_id": f"s.line_id + {SHIFT}",
               "tax_id": f"s.tax_id + {SHIFT}", "id": ""}  # fmt: skip
        applying = " AND s.verb = 'creditmemo.apply'"
        self.apply = [
            (f"SELECT id FROM creditmemos_creditmemo WHERE id IN (SELECT id + {SHIFT} FROM s_memo WHERE"
            " run_line BETWEEN %(first)s AND %(last)s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"),
            (f"SELECT id FROM invoices_invoice WHERE id IN (SELECT invoice_id + {SHIFT} FROM s_application WHERE"
            " run_line BETWEEN %(first)s AND %(last)s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"),
            again("creditmemos_memopart", "mpart", **new),
            again("creditmemos_invoicepart", "ipart", **new),
            again("creditmemos_application", "application", id=U.format("s.id"), memo_id=f"s.memo_id + {SHIFT}",
                  invoice_id=f"s.invoice_id + {SHIFT}"),
            again("ledger_journalentry", "entry", applying, **entry),
            again("ledger_journaltransaction", "header", " AND s.verb = 'creditmemo.apply'", id=U.format("s.id")),
            again("core_auditentry", "audit", " AND s.verb = 'credit_memo.applied'", **told),
            again("core_outboxjob", "job", " AND s.topic = 'credit_memo.applied'", **job),
            ("UPDATE billing_runline t SET state = 'done', applied = applied + 1"
            " WHERE id BETWEEN %(first)s AND %(last)s"),
        ]  # fmt: skip

    def chunks(self, payers: int) -> Iterator[dict[str, int]]:
        """The first and last line of each chunk."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(id), max(id) FROM billing_runline WHERE run_id = %s", [self.run_id])
            first, last = cursor.fetchone()
        for start in range(first, last + 1, payers):
            yield {"first": start, "last": min(start + payers - 1, last)}

    def write(self, payers: int) -> tuple[float, float]:
        """Issue and apply everything again; the seconds of each."""
        issuing = applying = 0.0
        for chunk in self.chunks(payers):
            began = perf_counter()
            self._transaction(self.issue, chunk)
            between = perf_counter()
            self._transaction(self.apply, chunk)
            issuing += between - began
            applying += perf_counter() - between
        return issuing, applying

    def _transaction(self, statements: list[str], chunk: dict[str, int]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, chunk)


def numbers(table: str, staged: str, kind: str, more: str) -> list[str]:
    """Take a range of numbers, and give them by row_number()."""
    return [
        (
            "UPDATE documents_numberseries n SET range_start = last_number + 1, last_number = last_number + k.count"
            f" FROM (SELECT count(*) FROM s_{staged} WHERE run_line BETWEEN %(first)s AND %(last)s) k"
            f" WHERE n.kind = '{kind}' AND k.count > 0 AND n.id = (SELECT series_id FROM s_{staged} LIMIT 1)"
        ),
        (
            f"UPDATE {table} t SET sequence = s.place, number = 'AGAIN-' || s.place, series_id = s.series_id,"
            f" issue_date = s.last_date, document_date = s.last_date, effective_date = s.last_date,"
            f" issued_at = t.created_at, {more} FROM (SELECT x.*, n.range_start - 1 + row_number() OVER (ORDER BY x.id)"
            f" AS place, n.last_date FROM s_{staged} x JOIN documents_numberseries n ON n.id = x.series_id"
            f" WHERE x.run_line BETWEEN %(first)s AND %(last)s) s WHERE t.id = s.id + {SHIFT}"
        ),
    ]
