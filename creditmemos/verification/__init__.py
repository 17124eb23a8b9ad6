"""The proof that the books balance: I1-I14, I26 and what apps above add, in statements that both engines run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from core import installed_guards
from creditmemos.verification import applications, documents, journal, lines, numbers, search_keys
from creditmemos.verification.rules import Breach, TableRules

INVARIANTS = {
    "I1": "a memo's balance is what is neither applied, paid out nor written off",
    "I2": "a memo's applied is the sum of its applications, and these are the sums of their parts",
    "I3": "an invoice's amount due is what is neither credited nor paid",
    "I4": "credit used on memos is credit received by invoices",
    "I5": "number and status are what the amounts say",
    "I6": "voided and closed memos hold no credit",
    "I7": "a payout is whole",
    "I8": "memo, invoice and application share marketplace, account and currency",
    "I9": "no more of a line and its taxes is credited than there is",
    "I10": "totals are the sums of lines and taxes, frozen at issue",
    "I11": "a reversal mirrors its application, once; a void invoice keeps no credit and no memo",
    "I12": "numbers have no gaps and are unique, dates never decrease with them",
    "I13": "every guard of the database is in place",
    "I14": "every transaction balances, and every stored balance is the journal's",
    "I26": "what is searched is what is shown, folded",
}


_OF_OTHERS: list[TableRules] = []


def prove_too(invariants: Mapping[str, str], rules: Sequence[TableRules]) -> None:
    """Let an app above add to the proof; called from AppConfig.ready."""
    said = sorted([*INVARIANTS.items(), *invariants.items()], key=lambda each: int(each[0][1:]))
    INVARIANTS.clear()
    INVARIANTS.update(said)
    _OF_OTHERS.extend(rules)


def table_rules() -> tuple[TableRules, ...]:
    """Every statement of the proof."""
    return (
        documents.MEMOS,
        documents.INVOICES,
        documents.TOTALS,
        documents.ACCOUNTS,
        lines.MEMO_LINES,
        lines.MEMO_TAXES,
        lines.INVOICE_LINES,
        lines.INVOICE_TAXES,
        lines.MEMO_RATES,
        lines.INVOICE_RATES,
        applications.APPLICATIONS,
        applications.REVERSED,
        applications.MIRRORS,
        *numbers.table_rules(),
        journal.TRANSACTIONS,
        journal.ENTRIES,
        journal.POSTED,
        *_OF_OTHERS,
    )


def breaches() -> list[Breach]:
    """Every broken rule with the ids concerned; empty when the books balance. Reads what this connection sees."""
    found = [breach for rules in table_rules() for breach in rules.breaches()]
    found += search_keys.breaches()
    guards = installed_guards.differences()
    if guards:
        found.append(Breach("I13", "guards are missing or changed", "guard", tuple(guards)))
    return sorted(found, key=lambda breach: int(breach.invariant[1:]))


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every statement inside see the same moment, also while others write; they are not held up."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL work_mem = '64MB'")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


__all__ = ["INVARIANTS", "Breach", "breaches", "one_moment", "prove_too", "table_rules"]
