"""Whoever goes around the product is stopped by the database: journal, audit log and closed periods (I13, I14)."""

import pytest
from django.db import connection

from tests.creditmemos.damages import fill
from tests.factories.scenario import Scenario
from tests.support.guards import Rules, refused_by, wanted

KEPT = {
    "the journal's transactions": "{HEADER}",
    "the journal's entries": "{ENTRY}",
    "applications": "{APPLICATION}",
    "their parts on memos": "{MEMO_PART}",
    "their parts on invoices": "{INVOICE_PART}",
    "the audit log": "core_auditentry",
}
ENTRIES = "INSERT INTO {ENTRY} (transaction_id, account, amount, posting_date, balance_account_id, memo_id, detail)"
HEADER = """INSERT INTO {HEADER} (id, marketplace_id, merchant_id, currency, posting_date, verb, created_at)
    SELECT {new}, marketplace_id, merchant_id, currency, issue_date, 'test', created_at
    FROM {MEMO} WHERE id = {goodwill}"""


def posting(*sides: tuple[str, int, str]) -> str:
    """A transaction of Acme's merchant; each side is an account, an amount and, for a memo's account, its name."""
    parts = []
    for account, amount, memo in sides:
        owner = f"account_id, {'id' if memo else 'NULL'}" if memo else "NULL, NULL"
        document = f"{{{memo or 'goodwill'}}}"
        parts.append(
            f"{ENTRIES} SELECT {{new}}, '{account}', {amount}, '2026-05-18', {owner}, ''"
            f" FROM {{MEMO}} WHERE id = {document}"
        )
    return ";".join([*parts, HEADER])


BALANCED = posting(("customer_credit", 1, "goodwill"), ("money_clearing", -1, ""))
JOURNAL: dict[str, tuple[Rules, str]] = {
    "another amount on each side": (
        "i14_balanced",
        posting(("customer_credit", 2, "goodwill"), ("money_clearing", -1, "")),
    ),
    "one side": ("i14_balanced", posting(("money_clearing", 1, ""))),
    "no side": ("i14_balanced", HEADER),
    "another day": ("i14_balanced", BALANCED.replace("1, '2026-05-18'", "1, '2026-05-19'", 1)),
    "another merchant's account": (
        "i14_balanced",
        posting(("customer_credit", 1, "far_memo"), ("money_clearing", -1, "")),
    ),
    "another currency": ("i14_balanced", BALANCED.replace("merchant_id, currency, issue", "merchant_id, 'USD', issue")),
    "another marketplace's merchant": (
        "i14_balanced",
        BALANCED.replace("SELECT {new}, marketplace_id, merchant_id", "SELECT {new}, marketplace_id, {FAR_MERCHANT}"),
    ),
    "an entry after the transaction": (
        "i14_transaction_closed",
        f"""{ENTRIES} SELECT transaction_id, account, amount, posting_date, balance_account_id, memo_id, ''
        FROM {{ENTRY}} WHERE memo_id = {{credit}}""",
    ),
    "an entry of nothing": ("i14_entry_not_zero", posting(("money_clearing", 0, ""))),
    "a document that is not named": ("i14_entry_names_document", posting(("receivable", 1, "goodwill"))),
    "a document where none belongs": ("i14_entry_names_document", posting(("revenue", 1, "goodwill"))),
    "an unknown account": ("i14_account_known", posting(("pocket", 1, ""))),
    "a closed day": (
        "i14_open_period",
        "UPDATE companies_merchantofrecord SET closed_through = '2026-05-18';" + BALANCED,
    ),
    "a period opened again": (
        "closed_period_stays_closed",
        """UPDATE companies_merchantofrecord SET closed_through = '2026-05-18';
        UPDATE companies_merchantofrecord SET closed_through = '2026-05-17'""",
    ),
    "an account of another payer": (
        ("i8_invoice_account", "i20_account_fixed"),
        """UPDATE {ACCOUNT} SET payer_id = (SELECT min(id) FROM companies_company WHERE kind = 'reseller')
        WHERE id = (SELECT account_id FROM {INVOICE} WHERE id = {birch_invoice})""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE", "REPLACE"])
@pytest.mark.parametrize("what", KEPT)
def test_what_is_written_stays(scenario: Scenario, what: str, verb: str) -> None:
    on_sqlite = connection.vendor == "sqlite"
    if verb == ("TRUNCATE" if on_sqlite else "REPLACE"):
        return
    table = fill(KEPT[what], scenario.names())
    statement = {
        "UPDATE": f"UPDATE {table} SET id = id",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
        "REPLACE": f"REPLACE INTO {table} SELECT * FROM {table}",
    }[verb]
    assert refused_by(statement) in {"i13_append_only", "i14_transaction_closed", "i2_application_closed"}


def test_a_posting_balances_and_is_closed(scenario: Scenario) -> None:
    far = "(SELECT merchant_id FROM {MEMO} WHERE id = {far_memo})"
    cases = {what: text.replace("{FAR_MERCHANT}", far) for what, (_rule, text) in JOURNAL.items()}
    found = {what: refused_by(fill(text, scenario.names())) for what, text in cases.items()}
    assert found == {what: wanted(rule) for what, (rule, _text) in JOURNAL.items()}


def test_a_balanced_posting_is_no_problem(scenario: Scenario) -> None:
    assert refused_by(fill(BALANCED, scenario.names())) == ""


def test_entries_without_a_transaction_are_refused_at_commit(scenario: Scenario) -> None:
    refused = refused_by(fill(posting(("money_clearing", 1, "")).split(";")[0], scenario.names()))
    assert "transaction" in refused
