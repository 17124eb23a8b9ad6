"""Refusals in words, and the one place that turns a broken guard into them."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.functional import Promise

from companies.domain.refusals import AlreadyAsked, MakerIsChecker, OwnCompany
from core import errors
from core.errors import BalanceChanged, NumberTaken, PeriodClosed, Refusal, guard_name, guards_as_refusals, refusal_for
from core.models import Approval
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.applying import OverBalance
from invoices.models import Invoice, InvoiceLine
from ledger.models import BalanceAccount, JournalEntry
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.drafts import waiting_memo


def all_refusals(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """Every refusal class of the product."""
    return [kind, *(found for child in kind.__subclasses__() for found in all_refusals(child))]


def test_a_refusal_has_a_code_a_text_a_field_and_facts() -> None:
    refusal = OverBalance(memo="CM-7", amount="€30.00", balance=3000, field="amount-7-9")
    assert (refusal.code, refusal.message, refusal.field) == (
        "over_balance",
        "CM-7 has only €30.00 remaining.",
        "amount-7-9",
    )
    assert refusal.facts == {"memo": "CM-7", "amount": "€30.00", "balance": 3000}
    assert str(refusal) == refusal.message
    assert Refusal("In my own words").message == "In my own words"


def test_every_refusal_has_its_own_code_and_a_translatable_text() -> None:
    found = [kind for kind in all_refusals() if not kind.__module__.startswith("tests")]
    codes = [kind.code for kind in found]
    assert sorted(codes) == sorted(set(codes))
    assert [kind for kind in found if not isinstance(kind.text, Promise)] == []
    assert len(found) > 40


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "own_company",
            "You can't do this for a company you belong to, nor for its parent or its child companies. Ask somebody else.",
        ),
        ("not_unpaid", "Credit can only be applied to unpaid invoices. %(invoice)s is %(status)s."),
        ("other_customer", "%(invoice)s belongs to another customer."),
        ("over_balance", "%(memo)s has only %(amount)s remaining."),
        ("over_due", "Only %(amount)s is due on %(invoice)s."),
        ("over_credit", "Only %(amount)s of this line can still be credited."),
        ("not_unapplied", "This credit memo has been applied since you opened it, so it can't be voided."),
        ("prefix_chars", 'Use letters, digits, "-", "/" and the listed variables; no spaces.'),
    ],
)
def test_the_texts_are_those_of_the_specification(code: str, text: str) -> None:
    with translation.override("en"):
        assert [str(kind.text) for kind in all_refusals() if kind.code == code] == [text]


# --- guards -----------------------------------------------------------------------------------------------------------


def broken(change: Callable[[], object]) -> IntegrityError:
    """The database's own error about a change made past the operations."""

    @transaction.atomic
    def attempt() -> None:
        change()
        connection.check_constraints()

    with pytest.raises(IntegrityError) as caught:
        attempt()
    return caught.value


def test_a_check_a_trigger_and_a_unique_name_themselves_on_both_databases(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    application = apply(market, memo, invoice, 100)
    twin = BalanceAccount.objects.get(pk=memo.account_id)
    twin.pk = None
    _draft, asked = waiting_memo(market)
    asked.pk = None
    changes: dict[str, Callable[[], object]] = {
        "i1_balance": lambda: CreditMemo.objects.filter(pk=memo.pk).update(balance=1),
        "i3_amount_due": lambda: Invoice.objects.filter(pk=invoice.pk).update(amount_due=1),
        "i10_issued_is_frozen": lambda: CreditMemo.objects.filter(pk=memo.pk).update(total=6000),
        "i13_append_only": lambda: JournalEntry.objects.update(amount=5),
        "account_once": twin.save,
        "approval_one_waiting": asked.save,
        "i19_maker_is_not_checker": lambda: Approval.objects.update(
            decision="approved", decided_by=market.user("manager"), decided_at=NOW
        ),
        "i9_credited_by_memos": lambda: InvoiceLine.objects.update(credited_net=1),
        "creditmemos_application_reverses_id_key": lambda: reverse_twice(application),
    }
    assert {name: guard_name(broken(change)) for name, change in changes.items()} == {name: name for name in changes}


def reverse_twice(application: Application) -> None:
    """Two bare rows that name the same original; the second one breaks the rule."""
    from creditmemos.models import InvoicePart, MemoPart

    for _time in range(2):
        row = Application.objects.get(pk=application.pk)
        row.pk = Application._meta.pk.get_default()
        row.amount, row.reverses_id = -application.amount, application.pk
        for model in (MemoPart, InvoicePart):
            for part in model.objects.filter(application=application):
                part.pk, part.amount, part.application_id = None, -part.amount, row.pk
                part.save(force_insert=True)
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("i1_balance", BalanceChanged), ("i3_due_not_negative", BalanceChanged),
        ("i9_line_not_over_credited", BalanceChanged),
        ("i12_memo_number_unique", NumberTaken), ("i12_invoice_number_unique", NumberTaken),
        ("i12_number_unique", NumberTaken), ("i14_open_period", PeriodClosed), ("i18_not_own_company", OwnCompany),
        ("i19_maker_is_not_checker", MakerIsChecker), ("approval_one_waiting", AlreadyAsked),
        ("creditmemos_application_reverses_id_key", BalanceChanged),
    ],
)  # fmt: skip
def test_what_people_read_about_a_guard(name: str, kind: type[Refusal]) -> None:
    refusal = refusal_for(IntegrityError(name))
    assert type(refusal) is kind
    assert refusal is not None
    assert (refusal.facts, "%(" in refusal.message) == ({"guard": name}, False)


@pytest.mark.parametrize("name", ["membership_once", "FOREIGN KEY constraint failed", "in_stock", "", "idx"])
def test_an_error_that_is_no_guard_of_ours_stays_an_error(name: str) -> None:
    error = IntegrityError(name)
    assert refusal_for(error) is None
    with pytest.raises(IntegrityError) as caught, guards_as_refusals():
        raise error
    assert caught.value is error


def test_the_guard_is_logged_for_those_who_run_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "core.errors"), pytest.raises(BalanceChanged) as caught, guards_as_refusals():
        raise IntegrityError("i1_balance")
    assert [record.getMessage() for record in caplog.records] == ["the guard i1_balance stopped a change"]
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_other_exceptions_pass(db: None) -> None:
    with pytest.raises(KeyError), guards_as_refusals():
        raise KeyError("x")


def test_every_guard_that_has_a_meaning_exists() -> None:
    names = {constraint.name for model in apps.get_models() for constraint in model._meta.constraints}
    sql = "".join(path.read_text() for config in apps.get_app_configs() for path in guard_files(config.path))
    unknown = [name for name in errors._meanings if name not in names and f"'{name}'" not in sql]
    assert unknown == ["creditmemos_application_reverses_id_key"]  # A column's own UNIQUE, named by the database.


def guard_files(folder: str) -> list[Path]:
    return sorted((Path(folder) / "guards").glob("*.sql"))
