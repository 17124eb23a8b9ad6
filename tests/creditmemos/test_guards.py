"""Whoever goes around the product is stopped by the database, under the name of the rule: credit and its status."""

from tests.creditmemos.damages import fill
from tests.factories.scenario import Scenario
from tests.support.guards import Rules, refused_by, wanted

# Applying by hand: parts on a memo's first line and on an invoice's first line, then the application that closes them.
APPLY = """
INSERT INTO {MEMO_PART} (application_id, line_id, amount)
    SELECT {new}, min(id), {AMOUNT} FROM {MEMO_LINE} WHERE memo_id = {FROM};
INSERT INTO {INVOICE_PART} (application_id, line_id, amount)
    SELECT {new}, min(id), {AMOUNT} FROM {INVOICE_LINE} WHERE invoice_id = {TO};
INSERT INTO {APPLICATION} (id, marketplace_id, account_id, currency, memo_id, invoice_id, amount, reverses_id,
        automatic, posting_date, created_at, reason)
    SELECT {new}, m.marketplace_id, m.account_id, m.currency, m.id, i.id, {AMOUNT}, {REVERSES}, {no}, m.issue_date,
        m.created_at, '' FROM {MEMO} m, {INVOICE} i WHERE m.id = {FROM} AND i.id = {TO}"""

PAYING = """INSERT INTO payments_refund (marketplace_id, account_id, merchant_id, payer_id, currency, memo_id, amount,
        status, channel, means, reason, reference, note, failure_text, key, requested_at)
    SELECT m.marketplace_id, m.account_id, m.merchant_id, m.payer_id, m.currency, m.id, {AMOUNT},
        'pending', 'off_platform', 'transfer', 'x', '', '', '', {new}, m.created_at FROM {MEMO} m WHERE m.id = {FROM}"""

VOID = "UPDATE {INVOICE} SET voided_at = issued_at, status = 'void', amount_due = 0 WHERE id = {ID}"


def applying(memo: str, invoice: str, amount: int, reverses: str = "NULL") -> str:
    words = {"FROM": f"{{{memo}}}", "TO": f"{{{invoice}}}", "AMOUNT": str(amount), "REVERSES": reverses}
    text = APPLY
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


OTHER = "'0197f000-0000-7000-8000-00000000000b'"


def paying(memo: str, amount: str = "m.total", key: str = "{new}") -> str:
    return PAYING.replace("{FROM}", f"{{{memo}}}").replace("{AMOUNT}", amount).replace("{new}", key)


AMOUNTS: dict[str, tuple[Rules, str]] = {
    "I1 another balance": ("i1_balance", "UPDATE {MEMO} SET balance = balance - 1 WHERE id = {goodwill}"),
    "I1 a negative amount": (
        "i1_amounts_not_negative",
        "UPDATE {MEMO} SET written_off = -1, balance = balance + 1 WHERE id = {goodwill}",
    ),
    "I1 more credit than the total": (
        ("i1_amounts_not_negative", "i1_balance_range"),
        "UPDATE {MEMO} SET written_off = -1, balance = balance + 1 WHERE id = {credit}",
    ),
    "I1 use of more than there is": ("i1_balance_range", applying("goodwill", "invoice", 2001)),
    "I1 a payout of a part": (
        "i1_pending_payout_reserves",
        paying("credit", "1"),
    ),
    "I1 a payout of a used memo": (
        "i1_pending_payout_reserves",
        paying("goodwill"),
    ),
    "I1 use during a payout": (
        "i1_pending_payout_reserves",
        paying("credit") + ";" + applying("credit", "invoice", 1),
    ),
    "I2 applied by hand": (
        "i2_moved_by_rows",
        "UPDATE {MEMO} SET applied = applied + 1, balance = balance - 1 WHERE id = {goodwill}",
    ),
    "I2 an application without parts": (
        "i2_sum_of_parts",
        applying("goodwill", "invoice", 1).split(";")[2],
    ),
    "I2 parts of less": (
        "i2_sum_of_parts",
        applying("goodwill", "invoice", 2).replace("min(id), 2", "min(id), 1"),
    ),
    "I2 a part of another memo": (
        "i2_sum_of_parts",
        applying("goodwill", "invoice", 1).replace("memo_id = {goodwill}", "memo_id = {credit}"),
    ),
    "I2 a part of another invoice": (
        "i2_sum_of_parts",
        applying("goodwill", "invoice", 1).replace("invoice_id = {invoice}", "invoice_id = {birch_invoice}"),
    ),
    "I2 a part too late": (
        "i2_application_closed",
        "INSERT INTO {MEMO_PART} (application_id, line_id, amount) SELECT {used}, min(id), 1 FROM {MEMO_LINE}",
    ),
    "I2 an invoice part too late": (
        "i2_application_closed",
        "INSERT INTO {INVOICE_PART} (application_id, line_id, amount) SELECT {used}, min(id), 1 FROM {INVOICE_LINE}",
    ),
    "I2 an empty part": (
        "i2_memo_part_not_zero",
        "INSERT INTO {MEMO_PART} (application_id, line_id, amount) SELECT {new}, min(id), 0 FROM {MEMO_LINE}",
    ),
    "I3 credited by hand": (
        "i3_moved_by_rows",
        "UPDATE {INVOICE} SET credited = credited + 1, amount_due = amount_due - 1 WHERE id = {invoice}",
    ),
    "I3 another amount due": ("i3_amount_due", "UPDATE {INVOICE} SET amount_due = amount_due - 1 WHERE id = {invoice}"),
    "I3 paid by hand": (
        "i3_moved_by_rows",
        "UPDATE {INVOICE} SET paid = paid + 1, amount_due = amount_due - 1 WHERE id = {invoice}",
    ),
    "I3 credited more than is due": ("i3_due_not_negative", applying("goodwill", "free_invoice", 1)),
    "I3 being paid by hand": (
        "i3_moved_by_rows",
        "UPDATE {INVOICE} SET payment_pending = 1, status = 'pending' WHERE id = {invoice}",
    ),
    "I3 void with credit on it": (
        "i3_void_is_empty",
        applying("birch_memo", "birch_invoice", 1) + ";" + VOID.replace("{ID}", "{birch_invoice}"),
    ),
    "I5 another status": ("i5_status", "UPDATE {MEMO} SET status = 'unapplied' WHERE id = {goodwill}"),
    "I5 an unknown status": ("i5_status", "UPDATE {MEMO} SET status = 'lost' WHERE id = {goodwill}"),
    "I5 a draft with a number": (
        ("i5_number_with_status", "i5_status"),
        "UPDATE {MEMO} SET status = 'draft' WHERE id = {credit}",
    ),
    "I5 credit without a number": (
        "i5_number_with_status",
        "UPDATE {MEMO} SET status = 'unapplied' WHERE id = {waiting}",
    ),
    "I5 a draft that was used": (
        "i5_unissued_is_unused",
        "UPDATE {MEMO} SET written_off = 1 WHERE id = {waiting}",
    ),
    "I5 voided without a time": (
        "i5_status",
        "UPDATE {MEMO} SET status = 'voided' WHERE id = {credit}",
    ),
    "I5 another status of an invoice": (
        "i5_invoice_status",
        "UPDATE {INVOICE} SET status = 'paid' WHERE id = {invoice}",
    ),
    "I6 void after use": (
        "i6_voided_is_unused",
        "UPDATE {MEMO} SET voided_at = issued_at, status = 'voided', balance = 0 WHERE id = {goodwill}",
    ),
    "I6 void after closing": (
        "i6_voided_is_unused",
        "UPDATE {MEMO} SET voided_at = issued_at, status = 'voided' WHERE id = {closed}",
    ),
    "I6 void during a payout": (
        "i1_pending_payout_reserves",
        paying("credit") + """;
        UPDATE {MEMO} SET voided_at = issued_at, status = 'voided', balance = 0 WHERE id = {credit}""",
    ),
    "I6 back from void": (
        "i10_issued_is_frozen",
        "UPDATE {MEMO} SET voided_at = NULL, status = 'unapplied', balance = total WHERE id = {voided}",
    ),
    "I6 use after void": ("i10_issued_is_frozen", applying("voided", "invoice", 1)),
    "I6 use of a void invoice": ("i10_issued_is_frozen", applying("goodwill", "void_invoice", 1)),
    "I6 closed in part": (
        "i6_closed_is_used_up",
        "UPDATE {MEMO} SET written_off = 1, balance = balance - 1, status = 'closed' WHERE id = {credit}",
    ),
    "I6 use after closing": ("i1_balance_range", applying("closed", "invoice", 1)),
    "I21 a payout by hand": (
        "i21_moved_by_rows",
        "UPDATE {MEMO} SET paid_out = total, balance = 0, status = 'paid_out' WHERE id = {credit}",
    ),
    "I21 a reserve by hand": (
        "i21_moved_by_rows",
        "UPDATE {MEMO} SET payout_pending = total WHERE id = {credit}",
    ),
    "I22 two payouts at once": ("i22_one_live_payout", paying("credit") + ";" + paying("credit", key=OTHER)),
    "I22 a payout that begins at its end": (
        "i22_refund_status", paying("credit").replace("'pending'", "'successful'"),
    ),
    "I11 void under a memo issued from it": ("i11_source_is_void", VOID.replace("{ID}", "{invoice}")),
    "I11 another amount back": ("i11_mirror", applying("goodwill", "invoice", -1, "{used}")),
    "I11 to other lines": (
        "i11_mirror",
        applying("goodwill", "invoice", -3000, "{used}"),
    ),
    "I11 to another memo": ("i11_mirror", applying("credit", "invoice", -3000, "{used}")),
    "I11 twice": (
        "creditmemos_application_reverses_id_key",
        applying("goodwill", "invoice", -2000, "{undone}"),
    ),
    "I11 a negative use": ("i11_application_sign", applying("goodwill", "invoice", -1)),
    "I11 a positive reversal": ("i11_application_sign", applying("goodwill", "invoice", 2000, "{reversal}")),
}  # fmt: skip


def test_amounts_move_by_their_rules_only(scenario: Scenario) -> None:
    found = {what: refused_by(fill(text, scenario.names())) for what, (_rule, text) in AMOUNTS.items()}
    assert found == {what: wanted(rule) for what, (rule, _text) in AMOUNTS.items()}


def test_the_same_by_the_rules_is_no_problem(scenario: Scenario) -> None:
    assert refused_by(fill(applying("goodwill", "invoice", 2000), scenario.names())) == ""
    assert refused_by(fill(paying("credit"), scenario.names())) == ""
