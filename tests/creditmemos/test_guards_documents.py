"""Whoever goes around the product is stopped by the database: parties, lines, what is frozen, and numbers."""

import pytest
from django.db import connection, models

from creditmemos.models import CreditMemo
from documents.models import NumberSeries
from invoices.models import Invoice
from tests.creditmemos.damages import fill
from tests.creditmemos.test_guards import VOID, applying
from tests.factories.scenario import Scenario
from tests.support.damage import run
from tests.support.guards import Rules, copied, refused_by, wanted

STEP = """UPDATE {SERIES} SET range_start = last_number + 1, last_number = last_number + 1 WHERE id = {MEMO_SERIES};"""
LAST = "(SELECT {what} FROM {SERIES} WHERE id = {MEMO_SERIES})"
ISSUE = """UPDATE {MEMO} SET series_id = {MEMO_SERIES}, sequence = {LAST_NUMBER}, number = 'CM-00006',
    issue_date = {LAST_DATE}, document_date = {LAST_DATE}, effective_date = {LAST_DATE}, issued_at = created_at,
    status = 'unapplied', balance = total WHERE id = {waiting}""".replace(
    "{LAST_NUMBER}", LAST.replace("{what}", "last_number")
).replace("{LAST_DATE}", LAST.replace("{what}", "last_date"))
LINE = "(SELECT id FROM {MEMO_LINE} WHERE memo_id = {waiting})"
BIRCH_LINE = "(SELECT id FROM {INVOICE_LINE} WHERE invoice_id = {birch_invoice})"
TAX = f"""INSERT INTO {{MEMO_TAX}} (line_id, name, rate, base, amount, invoice_tax_id)
    SELECT {LINE}, name, rate, 0, {{AMOUNT}}, id FROM {{INVOICE_TAX}} WHERE line_id = {{OF}};
    UPDATE {{MEMO_LINE}} SET tax = {{AMOUNT}} WHERE memo_id = {{waiting}};
    UPDATE {{MEMO}} SET tax = {{AMOUNT}}, total = net + {{AMOUNT}} WHERE id = {{waiting}};"""
BIRCH_TAX = TAX.replace("{OF}", BIRCH_LINE)


def crediting(line: str) -> str:
    """The waiting draft credits this invoice line."""
    return f"UPDATE {{MEMO_LINE}} SET invoice_line_id = {line} WHERE memo_id = {{waiting}};"


def of(amount: int) -> str:
    """The waiting draft is about another net."""
    return f"""UPDATE {{MEMO_LINE}} SET net = {amount} WHERE memo_id = {{waiting}};
        UPDATE {{MEMO}} SET net = {amount}, total = {amount} + tax WHERE id = {{waiting}};"""


def draft_of(model: type[models.Model], name: str, **changes: str) -> str:
    """A draft like the document of this name, with some columns changed."""
    empty = dict.fromkeys(("number", "series_id", "sequence", "issue_date", "voided_at"), "NULL")
    none = dict.fromkeys(("balance", "amount_due", "applied", "credited", "written_off"), "0")
    return copied(model, f"{{{name}}}", **({"status": "'draft'"} | empty | none | changes))


BIRCH = "(SELECT {what} FROM {INVOICE} WHERE id = {birch_invoice})"
FAR = "(SELECT {what} FROM {INVOICE} WHERE id = {far_invoice})"
PARTIES: dict[str, tuple[Rules, str]] = {
    "I3 a total below zero": (
        "i3_only_carried_below_zero",
        draft_of(Invoice, "birch_invoice", net="-1", tax="0", total="-1"),
    ),
    "I8 credit for somebody else": (
        ("i8_application_invoice", "i8_application_account"),
        applying("goodwill", "birch_invoice", 1),
    ),
    "I8 credit of another marketplace": (
        ("i8_application_invoice", "i8_application_account"),
        applying("goodwill", "far_invoice", 1),
    ),
    "I8 credit in another currency": (
        ("i8_application_memo", "i8_application_account"),
        applying("goodwill", "invoice", 1).replace("m.currency", "'USD'"),
    ),
    "I8 a memo for another payer": (
        "i8_memo_account",
        draft_of(CreditMemo, "goodwill", payer_id=BIRCH.replace("{what}", "payer_id")),
    ),
    "I8 a memo in another currency": ("i8_memo_account", draft_of(CreditMemo, "goodwill", currency="'USD'")),
    "I8 an invoice of another account": (
        "i8_invoice_account",
        draft_of(Invoice, "birch_invoice", account_id=FAR.replace("{what}", "account_id")),
    ),
    "I8 another customer's source": (
        "i8_memo_source",
        "UPDATE {MEMO} SET source_invoice_id = {invoice} WHERE id = {waiting}",
    ),
    "I8 another customer's sibling": (
        ("i8_memo_sibling", "i8_memo_source"),
        "UPDATE {MEMO} SET sibling_invoice_id = {invoice} WHERE id = {waiting}",
    ),
    "I8 credit of another customer's line": ("i8_credited_line_account", crediting("{FIRST_LINE}") + STEP + ISSUE),
    "I9 more than the line": ("i9_line_not_over_credited", crediting(BIRCH_LINE) + of(10001) + STEP + ISSUE),
    "I9 more than the tax": (
        "i9_tax_not_over_credited",
        crediting(BIRCH_LINE) + BIRCH_TAX.replace("{AMOUNT}", "2001") + STEP + ISSUE,
    ),
    "I9 another line's tax": (
        "i8_credited_line_account",
        crediting(BIRCH_LINE) + TAX.replace("{OF}", "{FIRST_LINE}").replace("{AMOUNT}", "0") + STEP + ISSUE,
    ),
    "I11 credit from a void invoice": (
        "i11_source_is_void",
        "UPDATE {MEMO} SET source_invoice_id = {birch_invoice} WHERE id = {waiting};"
        + VOID.replace("{ID}", "{birch_invoice}")
        + ";"
        + STEP
        + ISSUE,
    ),
    "I10 a part of a memo that stands": (
        "i10_divided_once",
        "UPDATE {MEMO} SET divided_from_id = {birch_memo} WHERE id = {waiting};" + STEP + ISSUE,
    ),
    "I8 a part of another customer's memo": (
        "i8_memo_divided_from",
        "UPDATE {MEMO} SET divided_from_id = {goodwill} WHERE id = {waiting}",
    ),
    "I11 credit of a void invoice's line": (
        "i11_source_is_void",
        VOID.replace("{ID}", "{birch_invoice}") + ";" + crediting(BIRCH_LINE) + STEP + ISSUE,
    ),
    "I9 credited by hand": (
        "i9_credited_by_memos",
        "UPDATE {INVOICE_LINE} SET credited_net = credited_net - 1 WHERE id = {FIRST_LINE}",
    ),
    "I9 tax credited by hand": (
        "i9_credited_by_memos",
        "UPDATE {INVOICE_TAX} SET credited = credited - 1 WHERE id = {FIRST_TAX}",
    ),
}
NEW_TAX = "(line_id, name, rate, base, amount) SELECT min(id), 'Late', 0, 0, 0 FROM"
NEW_INVOICE_TAX = "(line_id, name, rate, base, amount, credited) SELECT min(id), 'Late', 0, 0, 0, 0 FROM"
FROZEN: dict[str, tuple[Rules, str]] = {
    "I10 a total": ("i10_issued_is_frozen", "UPDATE {MEMO} SET total = total + 1, net = net + 1 WHERE id = {goodwill}"),
    "I10 a payer's name": ("i10_issued_is_frozen", "UPDATE {INVOICE} SET payer_name = 'Other' WHERE id = {invoice}"),
    "I10 an address": ("i10_issued_is_frozen", "UPDATE {MEMO} SET frozen = '[]' WHERE id = {goodwill}"),
    "I10 a text": ("i10_issued_is_frozen", "UPDATE {MEMO} SET customer_note = 'Other' WHERE id = {goodwill}"),
    "I10 a number": ("i10_issued_is_frozen", "UPDATE {INVOICE} SET number = 'INV-7' WHERE id = {invoice}"),
    "I10 no number": (
        "i10_issued_is_frozen",
        """UPDATE {MEMO} SET number = NULL, series_id = NULL, sequence = NULL, issue_date = NULL, status = 'draft'
        WHERE id = {credit}""",
    ),
    "I10 an effective date": (
        "i10_issued_is_frozen",
        "UPDATE {INVOICE} SET effective_date = '2026-05-01' WHERE id = {invoice}",
    ),
    "I10 a carried amount": (
        "i10_issued_is_frozen",
        "UPDATE {INVOICE} SET carried_in = 1, amount_due = amount_due - 1 WHERE id = {invoice}",
    ),
    "I10 a due date": (
        "i10_issued_is_frozen",
        "UPDATE {INVOICE} SET due_date = '2027-01-01' WHERE id = {invoice}",
    ),
    "I10 a memo line": ("i10_issued_is_closed", "UPDATE {MEMO_LINE} SET description = 'x' WHERE memo_id = {goodwill}"),
    "I10 an invoice line": ("i10_issued_is_closed", "UPDATE {INVOICE_LINE} SET net = net + 1 WHERE id = {FIRST_LINE}"),
    "I10 an invoice tax": ("i10_issued_is_closed", "UPDATE {INVOICE_TAX} SET rate = 0 WHERE id = {FIRST_TAX}"),
    "I10 a memo tax": ("i10_issued_is_closed", "UPDATE {MEMO_TAX} SET rate = 0 WHERE line_id = {CREDIT_LINE}"),
    "I10 a line less": ("i10_issued_is_closed", "DELETE FROM {INVOICE_LINE} WHERE id = {FIRST_LINE}"),
    "I10 a tax less": ("i10_issued_is_closed", "DELETE FROM {MEMO_TAX} WHERE line_id = {CREDIT_LINE}"),
    "I10 an invoice tax less": ("i10_issued_is_closed", "DELETE FROM {INVOICE_TAX} WHERE id = {FIRST_TAX}"),
    "I10 a tax more": (
        "i10_issued_is_closed",
        f"INSERT INTO {{INVOICE_TAX}} {NEW_INVOICE_TAX} {{INVOICE_LINE}} WHERE invoice_id = {{invoice}}",
    ),
    "I10 a memo tax more": (
        "i10_issued_is_closed",
        f"INSERT INTO {{MEMO_TAX}} {NEW_TAX} {{MEMO_LINE}} WHERE memo_id = {{goodwill}}",
    ),
    "I10 a line moved away": (
        "i10_issued_is_closed",
        "UPDATE {MEMO_LINE} SET memo_id = {waiting}, position = 9 WHERE memo_id = {goodwill}",
    ),
    "I10 a line moved in": (
        "i10_issued_is_closed",
        "UPDATE {MEMO_LINE} SET memo_id = {goodwill}, position = 9 WHERE memo_id = {waiting}",
    ),
    "I10 a tax moved away": (
        "i10_issued_is_closed",
        f"UPDATE {{MEMO_TAX}} SET line_id = {LINE} WHERE line_id = {{CREDIT_LINE}}",
    ),
    "I10 a tax moved in": (
        "i10_issued_is_closed",
        BIRCH_TAX.replace("{AMOUNT}", "1") + f"UPDATE {{MEMO_TAX}} SET line_id = {{CREDIT_LINE}}, name = 'In'"
        f" WHERE line_id = {LINE}",
    ),
    "I10 other totals": ("i10_memo_total", "UPDATE {MEMO} SET total = total + 1 WHERE id = {waiting}"),
    "I10 issued with other totals": (
        "i10_total_of_lines",
        "UPDATE {MEMO} SET net = net + 1, total = total + 1 WHERE id = {waiting};" + STEP + ISSUE,
    ),
    "I10 issued without lines": (
        "i10_total_of_lines",
        "DELETE FROM {MEMO_LINE} WHERE memo_id = {waiting};" + STEP + ISSUE,
    ),
    "I10 issued with a torn tax": (
        "i10_total_of_lines",
        "UPDATE {MEMO_LINE} SET tax = 1 WHERE memo_id = {waiting};"
        "UPDATE {MEMO} SET tax = 1, total = net + 1 WHERE id = {waiting};" + STEP + ISSUE,
    ),
}
NUMBERS: dict[str, tuple[Rules, str]] = {
    "I12 born with a number": (
        "i12_issued_by_update",
        copied(CreditMemo, "{credit}", number="'CM-9'", sequence="9"),
    ),
    "I12 an invoice born with a number": (
        "i12_issued_by_update",
        copied(Invoice, "{invoice}", number="'INV-9'", sequence="9"),
    ),
    "I12 a number not taken": (
        "i12_number_from_series",
        ISSUE.replace(LAST.replace("{what}", "last_number"), "99"),
    ),
    "I12 a number of the other kind": (
        "i12_number_from_series",
        ISSUE.replace("{MEMO_SERIES}", "(SELECT series_id FROM {INVOICE} WHERE id = {invoice})"),
    ),
    "I12 a number of another merchant": (
        "i12_number_from_series",
        ISSUE.replace("{MEMO_SERIES}", "(SELECT series_id FROM {MEMO} WHERE id = {far_memo})"),
    ),
    "I12 another day": (
        "i12_number_from_series",
        STEP + ISSUE.replace(LAST.replace("{what}", "last_date"), "'2026-05-19'"),
    ),
    "I12 a sequence twice": ("i12_memo_sequence_unique", ISSUE),
    "I12 a number twice": (
        "i12_memo_number_unique",
        STEP + ISSUE.replace("'CM-00006'", "(SELECT number FROM {MEMO} WHERE id = {credit})"),
    ),
    "I12 one number for both kinds": (
        "i12_number_unique",
        "UPDATE {SERIES} SET range_start = last_number + 1, last_number = last_number + 1, last_date = '2026-05-18'"
        " WHERE kind = 'shared';"
        + ISSUE.replace("{MEMO_SERIES}", "(SELECT id FROM {SERIES} WHERE kind = 'shared')").replace(
            "'CM-00006'", "(SELECT number FROM {INVOICE} WHERE id = {invoice})"
        ),
    ),
    "I12 a part of a number": ("i12_memo_issued_whole", "UPDATE {MEMO} SET sequence = 9 WHERE id = {waiting}"),
    "I12 a number that is not used": ("i12_gap", STEP if connection.vendor == "postgresql" else STEP + STEP),
    "I12 two numbers, one used": (
        "i12_gap",
        STEP.replace("last_number = last_number + 1", "last_number = last_number + 2") + ISSUE
        + (";" + STEP if connection.vendor == "sqlite" else ""),
    ),
    "I12 a counter that jumps": (
        "i12_series_moves_on",
        "UPDATE {SERIES} SET range_start = last_number + 2, last_number = last_number + 2 WHERE id = {MEMO_SERIES}",
    ),
    "I12 a counter that goes back": (
        "i12_series_moves_on",
        "UPDATE {SERIES} SET range_start = last_number, last_number = last_number - 1 WHERE id = {MEMO_SERIES}",
    ),
    "I12 an earlier day": (
        "i12_series_moves_on",
        STEP.replace("WHERE", ", last_date = '2026-05-17' WHERE"),
    ),
    "I12 a series for another kind": (
        "i12_series_moves_on",
        STEP.replace("WHERE", ", kind = 'shared' WHERE"),
    ),
    "I12 a series that begins used": (
        "i12_series_starts_unused",
        copied(NumberSeries, "{MEMO_SERIES}", year="2027"),
    ),
    "I12 a series twice": (
        "i12_one_series",
        copied(NumberSeries, "{MEMO_SERIES}", range_start="1", last_number="0", last_date="NULL"),
    ),
    "I12 a series less": ("i13_append_only", "DELETE FROM {SERIES} WHERE id = {MEMO_SERIES}"),
    "I12 a memo less": ("i10_issued_is_frozen", "DELETE FROM {MEMO} WHERE id = {goodwill}"),
    "I12 an invoice less": ("i10_issued_is_frozen", "DELETE FROM {INVOICE} WHERE id = {free_invoice}"),
    "I12 a voided memo less": ("i10_issued_is_frozen", "DELETE FROM {MEMO} WHERE id = {voided}"),
    "I12 a yearly reset without a year": (
        "i12_reset_needs_year",
        "UPDATE companies_marketplacesettings SET memo_prefix = 'CM-', yearly_reset = {yes}",
    ),
}  # fmt: skip


@pytest.fixture
def shared(scenario: Scenario) -> None:
    """A shared series beside the others, not used yet."""
    unused = copied(NumberSeries, "{MEMO_SERIES}", kind="'shared'", range_start="1", last_number="0", last_date="NULL")
    run(fill(unused, scenario.names()))


@pytest.mark.parametrize("cases", [PARTIES, FROZEN, NUMBERS], ids=["parties", "frozen", "numbers"])
def test_documents_stay_what_they_are(scenario: Scenario, shared: None, cases: dict[str, tuple[Rules, str]]) -> None:
    found = {what: refused_by(fill(text, scenario.names())) for what, (_rule, text) in cases.items()}
    assert found == {what: wanted(rule) for what, (rule, _text) in cases.items()}


def test_the_same_by_the_rules_is_no_problem(scenario: Scenario, shared: None) -> None:
    for statements in (STEP + ISSUE, crediting(BIRCH_LINE) + BIRCH_TAX.replace("{AMOUNT}", "2000") + STEP + ISSUE):
        assert refused_by(fill(statements, scenario.names())) == ""


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["MEMO", "INVOICE", "APPLICATION", "MEMO_PART", "INVOICE_PART"])
def test_nothing_is_truncated(scenario: Scenario, table: str) -> None:
    assert refused_by(fill(f"TRUNCATE {{{table}}} CASCADE", scenario.names())) == "i13_append_only"
