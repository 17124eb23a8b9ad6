"""What ``creditmemos.operations.apply`` sends, by hand: the limit that bench/verbs.py compares with."""

import json
import secrets
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from core.actors import Actor
from core.ids import uuid7
from core.outbox import _by_topic
from creditmemos.queries.open_amounts import _INVOICE, _MEMO
from ledger.models import BalanceAccount

LOCK_MEMO = "SELECT * FROM creditmemos_creditmemo WHERE marketplace_id = %s AND id = %s ORDER BY id FOR NO KEY UPDATE"
LOCK_INVOICE = "SELECT * FROM invoices_invoice WHERE marketplace_id = %s AND id = %s ORDER BY id FOR NO KEY UPDATE"
PART = "INSERT INTO creditmemos_{}part (application_id, line_id, tax_id, amount) VALUES (%s, %s, %s, %s)"


class Session:
    """One connection that applies one minor unit at a time."""

    def __init__(self, address: str, *, actor: Actor, account: BalanceAccount, company_id: int) -> None:
        self.connection = psycopg.connect(address, prepare_threshold=1)
        self.actor, self.account, self.company_id = actor, account, company_id

    def close(self) -> None:
        self.connection.close()

    def apply(self, pair: tuple[int, int]) -> None:
        memo, invoice = pair
        now, token = datetime.now(UTC), secrets.token_hex(12)
        today = self.account.marketplace.today(now)
        market, user, application, header = self.account.marketplace_id, self.actor.user_id, uuid7(), uuid7()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_idempotencyrecord (marketplace_id, actor_id, operation, key, body_hash, result,"
                " created_at) VALUES (%s, %s, 'creditmemos.apply', %s, %s, '{}', %s) ON CONFLICT DO NOTHING",
                [market, user, token, token, now],
            )
            cursor.execute(LOCK_MEMO, [market, memo])
            cursor.fetchall()
            cursor.execute(LOCK_INVOICE, [market, invoice])
            cursor.fetchall()
            cursor.execute("SELECT * FROM ledger_balanceaccount WHERE id = %s", [self.account.pk])
            cursor.fetchall()
            cursor.execute(_MEMO.format(ids="%s"), [memo, memo])
            give = cursor.fetchall()[0]
            cursor.execute(_INVOICE.format(ids="%s"), [invoice, invoice])
            take = cursor.fetchall()[0]
            cursor.execute(PART.format("memo"), [application, give[1], give[2], 1])
            cursor.execute(PART.format("invoice"), [application, take[1], take[2], 1])
            cursor.execute(
                "INSERT INTO creditmemos_application (id, marketplace_id, account_id, currency, memo_id, invoice_id,"
                " amount, automatic, posting_date, created_at, actor_id, reason)"
                " VALUES (%s, %s, %s, %s, %s, %s, 1, false, %s, %s, %s, '')",
                [application, market, self.account.pk, self.account.currency, memo, invoice, today, now, user],
            )
            cursor.execute(
                "SELECT applied, written_off, balance, status FROM creditmemos_creditmemo WHERE id = %s", [memo]
            )
            cursor.fetchall()
            cursor.execute("SELECT credited, amount_due, status FROM invoices_invoice WHERE id = %s", [invoice])
            cursor.fetchall()
            self._post(cursor, header, memo, invoice, today, now)
            self._record(cursor, application, memo, invoice, token, now)

    def _post(self, cursor: psycopg.Cursor, header: UUID, memo: int, invoice: int, today: date, now: datetime) -> None:
        cursor.execute(
            "INSERT INTO ledger_journalentry (transaction_id, account, amount, posting_date, balance_account_id,"
            " invoice_id, memo_id, detail) VALUES (%s, 'customer_credit', 1, %s, %s, NULL, %s, ''),"
            " (%s, 'receivable', -1, %s, %s, %s, NULL, '')",
            [header, today, self.account.pk, memo, header, today, self.account.pk, invoice],
        )
        cursor.execute(
            "INSERT INTO ledger_journaltransaction (id, marketplace_id, merchant_id, currency, posting_date, verb,"
            " actor_id, created_at) VALUES (%s, %s, %s, %s, %s, 'creditmemo.apply', %s, %s)",
            [
                header, self.account.marketplace_id, self.account.merchant_id, self.account.currency, today,
                self.actor.user_id, now,
            ],
        )  # fmt: skip

    def _record(
        self, cursor: psycopg.Cursor, application: UUID, memo: int, invoice: int, token: str, now: datetime
    ) -> None:
        market, user = self.account.marketplace_id, self.actor.user_id
        facts = {"applications": [{"memo_id": memo, "invoice_id": invoice, "amount": 1}], "automatic": False}
        cursor.execute(
            "INSERT INTO core_auditentry (marketplace_id, at, actor_id, actor_label, acting_company_id, verb, kind,"
            " object_id, company_id, before, after, note)"
            " VALUES (%s, %s, %s, %s, %s, 'credit_memo.applied', 'credit_memo', %s, %s, '{}', %s, '')",
            [market, now, user, self.actor.label, self.actor.company_id, memo, self.company_id, Jsonb(facts)],
        )
        payload = Jsonb({"memo_id": memo, "invoice_ids": [invoice], "application_ids": [str(application)]})
        for found in _by_topic.get("credit_memo.applied", []):
            cursor.execute(
                "INSERT INTO core_outboxjob (event, topic, key, handler, kind, marketplace_id, payload, at,"
                " handed, attempts, last_error) VALUES (%s, 'credit_memo.applied', %s, %s, %s, %s, %s, %s, 0, 0, '')"
                " ON CONFLICT DO NOTHING",
                [uuid7(), token, found.name, found.kind, market, payload, now],
            )
        cursor.execute(
            "UPDATE core_idempotencyrecord SET result = %s WHERE marketplace_id = %s AND actor_id = %s"
            " AND operation = 'creditmemos.apply' AND key = %s",
            [json.dumps({"application_ids": [str(application)]}), market, user, token],
        )
