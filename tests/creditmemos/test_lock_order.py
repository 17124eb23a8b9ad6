"""Locks are taken in one place and in one order: a request, memos, invoices, payments, number series (ADR 2)."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.operations.voiding import void_invoice
from companies.models import MarketplaceSettings
from core.errors import Missing
from core.locking import NotInTransaction, lock, lock_one
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from limits import operations as limits
from payments import operations as payments
from payments.gateway.protocol import Outcome, State
from payments.models import Allocation as PaidOn
from payments.models import Payment, PaymentReturn, Refund
from payments.operations.refund_states import settle_refund_of_provider
from tests.factories.gateway import charged, saved_method, went
from tests.factories.items import items
from tests.factories.limits import line_of
from tests.factories.payments import receive
from tests.factories.refunds import given_back, sent
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, TODAY, Market, apply, credit_invoice, issue_invoice, issue_memo, key
from tests.support.databases import Copy
from tests.support.threads import together
from tests.support.verbs import pay

ROOT = Path(__file__).parent.parent.parent
JOBS = {"core/relay.py", "core/consumer.py"}
"""They lease outbox jobs, one at a time, skipping what is locked."""
ORDER = [
    "core_approval", "creditmemos_creditmemo", "invoices_invoice", "payments_payment", "payments_refund", "limits_creditline",
    "documents_numberseries",
    "payments_paymentnumbers",
]  # fmt: skip
LOCKING = re.compile(
    r'FOR NO KEY UPDATE OF "(\w+)"|UPDATE (documents_numberseries) SET|INTO (payments_paymentnumbers) '
)


@cache
def sources() -> dict[str, ast.Module]:
    found = {}
    for folder in ROOT.iterdir():
        if folder.name.startswith(".") or folder.name in {"tests", "var", "bench"}:
            continue
        for path in folder.rglob("*.py"):
            found[path.relative_to(ROOT).as_posix()] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def test_nobody_else_locks() -> None:
    calls, texts = set(), set()
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "select_for_update":
                calls.add(name)
            if isinstance(node, ast.Constant) and re.search(r"FOR (NO KEY )?(UPDATE|SHARE)\b", str(node.value)):
                texts.add(name)
    assert calls == {"core/locking.py"} | JOBS
    assert not {name for name in texts if not name.startswith("core/locking")}


def test_no_lock_is_thrown_away() -> None:
    """Whoever locks a document goes on with the row as it is now, not with the one that was there before."""
    thrown = [
        (name, node.lineno)
        for name, tree in sources().items()
        for node in ast.walk(tree)
        if name.startswith(("creditmemos/", "invoices/"))
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in {"lock", "lock_one"}
    ]
    assert thrown == []


def test_a_lock_needs_a_transaction(committed_db: Copy) -> None:
    with pytest.raises(NotInTransaction):
        lock(CreditMemo.objects.all())
    with transaction.atomic():
        assert lock(CreditMemo.objects.all()) == []
        with pytest.raises(Missing):
            lock_one(CreditMemo.objects.filter(pk=1))


@pytest.mark.postgres
def test_the_statement(scenario: Scenario) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        lock(CreditMemo.objects.filter(account=scenario.goodwill.account_id).order_by("-total"))
    [text] = [query["sql"] for query in queries if "FOR NO" in query["sql"]]
    assert text.endswith('ORDER BY "creditmemos_creditmemo"."id" ASC FOR NO KEY UPDATE OF "creditmemos_creditmemo"')


@pytest.mark.postgres
def test_a_locked_row_may_be_referred_to_but_not_locked_again(scenario: Scenario) -> None:
    def refer() -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            cursor.execute("SELECT 1 FROM creditmemos_creditmemo WHERE id = %s FOR KEY SHARE", [scenario.goodwill.pk])
        return "referred"

    def lock_too() -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            lock(CreditMemo.objects.filter(pk=scenario.goodwill.pk))
        return "locked"

    with transaction.atomic():
        lock(CreditMemo.objects.filter(pk=scenario.goodwill.pk))
        referred, waited = together([refer, lock_too])
    assert referred == "referred"
    assert "lock timeout" in str(waited)


def of_a_provider(market: Market, issued: Invoice) -> dict[str, Callable[[], object]]:
    actor = market.actor()
    card = saved_method(market, method_ref=f"pm_{key()}")
    charging = charged(market, card, (issue_invoice(market), 20_00))
    by_card = issue_invoice(market)
    charge = went(charged(market, card, (by_card, by_card.total)))
    by_card.refresh_from_db()
    to_card, to_card_too = (credit_invoice(market, by_card, 10_00) for _ in range(2))

    def to_provider(memo: CreditMemo) -> Refund:
        found = payments.pay_out(
            memo=memo, sending=payments.by_gateway(charge, now=NOW), reason="x", actor=actor, now=NOW, key=key()
        )
        assert isinstance(found, Refund)
        return found

    asked = to_provider(to_card)
    sent_back = Outcome(State.SUCCEEDED, "re_1", asked.amount, asked.currency)
    return {
        "charge": lambda: charged(market, card, (issued, 10_00)),
        "settle a charge": lambda: went(charging),
        "pay out by gateway": lambda: to_provider(to_card_too),
        "settle a refund by gateway": lambda: settle_refund_of_provider(asked.pk, sent_back, now=NOW),
    }


def verbs(scenario: Scenario) -> dict[str, Callable[[], object]]:
    market, actor = scenario.market, scenario.market.actor()
    hold, reason = "hold", market.reason().pk
    first_line = scenario.invoice.lines.order_by("position")[0]

    def credit(use: str) -> object:
        return operations.issue_from_invoice(
            invoice=scenario.invoice, lines=[InvoiceCredit(first_line.pk, net=100)], actor=actor, now=NOW, key=key(),
            details=Details(reason_id=reason, use=use),
        )  # fmt: skip

    wide = operations.issue_from_invoice(
        invoice=scenario.invoice, lines=[InvoiceCredit(line.pk, net=1) for line in scenario.invoice.lines.all()],
        details=Details(reason_id=reason, use=hold), actor=actor, now=NOW, key=key(),
    )  # fmt: skip
    going = given_back(market, receive(market, 10_00, keep_on_account=True), 5_00, is_pending=True)
    groups = [[pk] for pk in wide.lines.values_list("pk", flat=True)]
    issued = issue_invoice(market)
    money = receive(market, 200_00, (issue_invoice(market), 50_00))
    used = PaidOn.objects.get(payment=money)
    pending = receive(market, 10_00, (issue_invoice(market), 10_00), is_pending=True)
    kept = receive(market, 1)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=1)
    returned = receive(market, 70_00)
    bought = issue_invoice(market)
    receive(market, 50_00, (bought, 50_00))
    in_use = credit_invoice(market, Invoice.objects.get(pk=bought.pk), 20_00)
    apply(market, in_use, issued, 1_00)
    short = pay(market, issue_invoice(market), 119_99)
    bad_debt = operations.write_off_invoice(invoice=issue_invoice(market), reason="x", actor=actor, now=NOW)

    def take_back(payment: Payment, amount: int) -> PaymentReturn:
        return payments.return_payment(
            payment=payment, amount=amount, reason="bounced", value_date=TODAY, actor=actor, now=NOW, key=key()
        )

    back = take_back(returned, 70_00)
    return {
        "record a payment": lambda: receive(market, 20_00, (issued, 10_00)),
        "settle a payment": lambda: payments.settle_payment(
            payment=pending, amount=10_00, value_date=TODAY, actor=actor, now=NOW
        ),
        "fail a payment": lambda: payments.fail_payment(payment=pending, why="x", actor=actor, now=NOW),
        "allocate": lambda: payments.allocate(
            payment=money, wanted=[(issued.pk, 1_00)], actor=actor, now=NOW, key=key()
        ),
        "take off": lambda: payments.take_off(allocation=used, reason="x", actor=actor, now=NOW, key=key()),
        "return a payment": lambda: take_back(money, 160_00),
        "undo a return": lambda: payments.undo_return(row=back, value_date=TODAY, actor=actor, now=NOW, key=key()),
        "keep a surplus": lambda: payments.keep_surplus(
            payment=kept, amount=1, reason="x", actor=actor, now=NOW, key=key()
        ),
        "pay out": lambda: payments.pay_out(
            memo=scenario.credit, sending=sent(), reason="x", actor=actor, now=NOW, key=key()
        ),
        "give back": lambda: payments.give_back(
            payment=money, amount=1, sending=sent(), reason="x", actor=actor, now=NOW, key=key()
        ),
        "pay out a memo in use": lambda: payments.pay_out_used(
            memo=in_use, off=[], sending=sent(), reason="x", confirmed=False, actor=actor, now=NOW, key=key()
        ),
        "refund items": lambda: payments.refund_items(
            invoice=bought, items=items(market, (bought.lines.get().pk, 90_00)), sending=sent(), actor=actor, now=NOW, key=key()
        ),
        **of_a_provider(scenario.market, issued),
        "settle a refund": lambda: payments.settle_refund(refund=going, value_date=TODAY, actor=actor, now=NOW),
        "settle a difference": lambda: operations.settle_difference(
            invoice=short, reason="x", actor=actor, now=NOW
        ),
        "write off": lambda: operations.approve(approval=bad_debt, actor=market.actor("finance"), now=NOW),
        "issue an invoice": lambda: issue_invoice(market),
        "issue a memo": lambda: issue_memo(market),
        "issue from an invoice": lambda: credit(hold),
        "issue and apply now": lambda: credit("apply_now"),
        "approve": lambda: operations.approve(
            approval=scenario.approval, actor=market.actor("finance"), now=NOW
        ),
        "apply": lambda: operations.apply(
            allocations=[Allocation(scenario.goodwill.pk, scenario.invoice.pk, 100)], actor=actor, now=NOW, key=key()
        ),
        "apply automatically": lambda: (
            operations.release(memo=scenario.goodwill, actor=actor, now=NOW),
            operations.apply_automatically(account_id=scenario.goodwill.account_id, now=NOW),
        ),
        "reverse": lambda: operations.reverse(
            application=scenario.used, reason="x", actor=actor, now=NOW, key=key()
        ),
        "close": lambda: operations.close(memo=scenario.credit, reason="x", actor=actor, now=NOW),
        "divide": lambda: operations.divide(
            memo=wide, groups=groups, reason="x", actor=actor, now=NOW, key=key()
        ),
        "void": lambda: operations.void(memo=scenario.credit, reason="x", actor=actor, now=NOW),
        "undo and void": lambda: operations.undo_and_void(memo=scenario.goodwill, reason="x", actor=actor, now=NOW),
        "void an invoice": lambda: void_invoice(
            invoice=scenario.invoice, reason="x", actor=actor, now=NOW
        ),
        "check credit": lambda: limits.check_credit(
            company=market.acme, amount=1, key="order", keeps=True, actor=actor, now=NOW
        ),
        "change a limit": lambda: limits.block(line=line_of(market.acme), reason="x", actor=actor, now=NOW),
    }  # fmt: skip


LOCKED = {
    "record a payment": ["invoices_invoice", "payments_paymentnumbers"],
    "settle a payment": ["invoices_invoice", "payments_payment"],
    "fail a payment": ["invoices_invoice", "payments_payment"],
    "allocate": ["invoices_invoice", "payments_payment"],
    "take off": ["invoices_invoice", "payments_payment"],
    "return a payment": ["invoices_invoice", "payments_payment"],
    "undo a return": ["payments_payment"],
    "keep a surplus": ["payments_payment"],
    "pay out": ["creditmemos_creditmemo"],
    "give back": ["payments_payment"],
    "pay out a memo in use": ["creditmemos_creditmemo", "invoices_invoice", "documents_numberseries"],
    "refund items": ["invoices_invoice", "payments_payment", "documents_numberseries"],
    "charge": ["invoices_invoice", "payments_paymentnumbers"],
    "settle a charge": ["invoices_invoice", "payments_payment"],
    "pay out by gateway": ["creditmemos_creditmemo", "payments_payment"],
    "settle a refund by gateway": ["creditmemos_creditmemo", "payments_refund"],
    "settle a refund": ["payments_payment", "payments_refund"],
    "settle a difference": ["invoices_invoice", "documents_numberseries"],
    "write off": ["core_approval", "invoices_invoice", "documents_numberseries"],
    "issue an invoice": ["documents_numberseries"],
    "issue a memo": ["documents_numberseries"],
    "issue from an invoice": ["invoices_invoice", "documents_numberseries"],
    "issue and apply now": ["invoices_invoice", "documents_numberseries"],
    "approve": ["core_approval", "creditmemos_creditmemo", "documents_numberseries"],
    "apply": ["creditmemos_creditmemo", "invoices_invoice"],
    "apply automatically": ["creditmemos_creditmemo", "invoices_invoice"],
    "reverse": ["creditmemos_creditmemo", "invoices_invoice"],
    "close": ["creditmemos_creditmemo"],
    "divide": ["creditmemos_creditmemo", "invoices_invoice", "documents_numberseries"],
    "void": ["creditmemos_creditmemo"],
    "undo and void": ["creditmemos_creditmemo", "invoices_invoice"],
    "void an invoice": ["creditmemos_creditmemo", "invoices_invoice"],
    "check credit": ["limits_creditline"],
    "change a limit": ["limits_creditline"],
}


@pytest.mark.postgres
@pytest.mark.parametrize("verb", LOCKED)
def test_every_verb_locks_in_one_order(scenario: Scenario, verb: str) -> None:
    act = verbs(scenario)[verb]
    with CaptureQueriesContext(connection) as queries:
        act()
    found = [match.group(match.lastindex or 0) for query in queries if (match := LOCKING.search(query["sql"]))]
    assert found == sorted(found, key=ORDER.index)
    assert list(dict.fromkeys(found)) == LOCKED[verb]


def test_the_story_goes_on(scenario: Scenario) -> None:
    for verb in ("apply", "reverse", "undo and void", "issue from an invoice"):
        verbs(scenario)[verb]()
    assert Invoice.objects.get(pk=scenario.invoice.pk).credited == 0
