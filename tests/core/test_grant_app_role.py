"""The runtime role does the product's work, and can't undo what the books keep, even without the guards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, apply, issue_invoice, issue_memo, key
from tests.support.damage import run
from tests.support.databases import Copy

ROLE, PASSWORD = f"offset_app_{os.getpid()}", "only for this test"
ADDED_TO = {
    "companies_merchantbankdetails", "core_auditentry", "core_personasof", "creditmemos_application", "creditmemos_invoicepart", "creditmemos_memopart",
    "documents_documentnote", "documents_storeddocument", "documents_templateactivation", "documents_templateasset", "documents_templateversion",
    "ledger_journalentry", "ledger_journaltransaction", "limits_creditcheck", "limits_creditlinechange", "notifications_deliveryattempt",
    "notifications_mailtemplateversion", "payments_allocation", "payments_allocationpart", "payments_intended",
    "payments_keptsurplus", "payments_paymentreturn", "subscriptions_subscriptionterms",
}  # fmt: skip
KEPT = {
    "billing_billingevent", "billing_charge", "billing_credit", "creditmemos_creditmemo", "documents_numberseries", "invoices_invoice",
    "limits_allowance", "limits_creditline", "limits_reservation",
    "payments_payment", "payments_paymentnumbers", "payments_providerevent", "payments_refund",
}  # fmt: skip


@contextmanager
def signed_in_as_role() -> Iterator[None]:
    """Django's connection is the role's own, by its password."""
    settings = connection.settings_dict
    before = {word: settings[word] for word in ("USER", "PASSWORD", "OPTIONS")}
    options = {word: value for word, value in settings["OPTIONS"].items() if word not in {"user", "password"}}
    connection.close()
    settings.update(USER=ROLE, PASSWORD=PASSWORD, OPTIONS=options)
    try:
        yield
    finally:
        connection.close()
        settings.update(before)


@pytest.fixture
def role(scenario: Scenario) -> Iterator[str]:
    """A role that may nothing but sign in; taken away at the end."""
    run(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
    yield ROLE
    run(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def privileges(name: str) -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s", [name]
        )
        found: dict[str, set[str]] = {}
        for table, word in cursor.fetchall():
            found.setdefault(table, set()).add(word)
    return found


@pytest.mark.postgres
def test_the_role_applies_credit(role: str, scenario: Scenario) -> None:
    call_command("grant_app_role", role, stdout=StringIO())
    with signed_in_as_role():
        operations.apply(
            allocations=[Allocation(scenario.goodwill.pk, scenario.invoice.pk, 500)],
            actor=scenario.market.actor(), now=NOW, key=key(),
        )  # fmt: skip
        application = apply(scenario.market, issue_memo(scenario.market), issue_invoice(scenario.market), 1000)
        operations.reverse(application=application, reason="Wrong", actor=scenario.market.actor(), now=NOW, key=key())
        operations.void(memo=scenario.credit, reason="Twice", actor=scenario.market.actor(), now=NOW)
    assert CreditMemo.objects.get(pk=scenario.goodwill.pk).balance == 1500
    assert CreditMemo.objects.get(pk=scenario.credit.pk).status == "voided"


@pytest.mark.postgres
def test_the_role_may_not_undo(role: str, scenario: Scenario) -> None:
    run(f"GRANT TRUNCATE, UPDATE ON ledger_journalentry TO {role}")
    call_command("grant_app_role", role, stdout=StringIO())
    refused = [f"{verb} {table}" for table in ADDED_TO for verb in ("DELETE FROM", "TRUNCATE", "UPDATE")]
    refused += [f"{verb} {table}" for table in KEPT for verb in ("DELETE FROM", "TRUNCATE")]
    with signed_in_as_role():
        for statement in [
            *(text + " SET id = id" if text.startswith("UPDATE") else text for text in refused),
            "ALTER TABLE creditmemos_creditmemo DISABLE TRIGGER USER",
            "DELETE FROM django_migrations",
            "SET session_replication_role = replica",
            "CREATE TABLE own (id int)",
        ]:
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                run(statement)


@pytest.mark.postgres
def test_the_grants_follow_the_guards(role: str) -> None:
    out = StringIO()
    call_command("grant_app_role", role, stdout=out)
    call_command("grant_app_role", role, stdout=StringIO())
    found = privileges(role)
    assert {table for table, words in found.items() if words == {"SELECT", "INSERT"}} == ADDED_TO
    assert {table for table, words in found.items() if words == {"SELECT", "INSERT", "UPDATE"}} == KEPT
    assert {table for table, words in found.items() if words == {"SELECT"}} == {"django_migrations"}
    assert f"Never deleted: {', '.join(sorted(KEPT))}." in out.getvalue()


@pytest.mark.postgres
def test_whom_grants_would_not_bind(role: str) -> None:
    with pytest.raises(CommandError, match="There is no role nobody_at_all"):
        call_command("grant_app_role", "nobody_at_all")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="grants don't bind it"):
        call_command("grant_app_role", owner)


def test_sqlite_has_no_roles(committed_db: Copy) -> None:
    if connection.vendor == "sqlite":
        with pytest.raises(CommandError, match="SQLite has no roles"):
            call_command("grant_app_role", "offset_app")
