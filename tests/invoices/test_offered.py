"""A button is offered exactly where the verb's guards would pass; where it is not, the verb refuses in words."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.operations.voiding import check_void_invoice, void_invoice
from billing.queries.voids import voiding_of
from companies.domain.roles import PERMISSIONS
from companies.models import MarketplaceSettings
from core.errors import refusal_of
from core.models import Approval
from creditmemos import operations
from creditmemos.operations import adjusting, applying, drafts
from creditmemos.queries.invoice_credits import annotated_invoices
from invoices.models import Invoice
from invoices.operations import voiding
from invoices.urls import urlpatterns
from invoices.views.actions import actions_of
from tests.factories.world import NOW, Market, apply, charge, issue_invoice, issue_memo
from tests.support.verbs import make_pending, pay, snapshot
from web.views import VerbView

URLS = {
    "apply": "creditmemos:apply_to_invoice", "credit": "creditmemos:create_from_invoice", "void": "invoices:void",
    "settle_difference": "invoices:settle_difference", "write_off": "invoices:write_off",
}  # fmt: skip


@pytest.fixture
def invoices(market: Market) -> dict[str, Invoice]:
    """An invoice in each state, as the manager's page reads it, and credit to use."""
    made = {name: issue_invoice(market) for name in ("unpaid", "pending", "paid", "settled by credit", "void")}
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=50)
    made |= {name: issue_invoice(market) for name in ("short", "asked", "settled", "written off")}
    for name in ("short", "settled"):
        pay(market, made[name], made[name].total - 50)
    operations.settle_difference(invoice=made["settled"], reason="x", actor=market.actor(), now=NOW)
    for name in ("asked", "written off"):
        operations.write_off_invoice(invoice=made[name], reason="x", actor=market.actor("finance"), now=NOW)
    asked = Approval.objects.get(object_id=made["written off"].pk)
    operations.approve(approval=asked, actor=market.actor(), now=NOW)
    made["for nothing"] = issue_invoice(market, charge("0.00", taxes=()))
    make_pending(market, made["pending"])
    pay(market, made["paid"], made["paid"].total)
    apply(market, issue_memo(market, "120.00"), made["settled by credit"], 120_00)
    void_invoice(invoice=made["void"], reason="x", actor=market.actor(), now=NOW)
    issue_memo(market)
    return {name: read(market, invoice) for name, invoice in made.items()}


def read(market: Market, invoice: Invoice) -> Any:
    return annotated_invoices(market.people["manager"]).get(pk=invoice.pk)


def guards(invoice: Invoice, market: Market) -> dict[str, Callable[[], object]]:
    """What each verb asks beforehand."""
    return {
        "apply": lambda: applying.check_taking(invoice),
        "credit": lambda: drafts.check_credit(invoice),
        "void": lambda: check_void_invoice(voiding_of(invoice), actor=market.actor()),
        "settle_difference": lambda: adjusting.check_settle_difference(
            invoice, invoice.marketplace.settings, actor=market.actor()
        ),
        "write_off": lambda: adjusting.check_write_off(invoice, actor=market.actor()),
    }


def offered(invoice: Invoice, market: Market) -> set[str]:
    """The verbs that have a button."""
    urls = {action.url for action in actions_of(invoice, market.people["manager"], has_room=True)}
    return {verb for verb, name in URLS.items() if reverse(name, args=[invoice.pk]) in urls}


@pytest.mark.damage
@pytest.mark.parametrize("credit_paid", [True, False])
def test_a_button_stands_where_the_guards_pass(market: Market, invoices: dict[str, Invoice], credit_paid: bool) -> None:
    for invoice in invoices.values():
        invoice.marketplace.settings.credit_paid_invoices = credit_paid
    found = {name: offered(invoice, market) for name, invoice in invoices.items()}
    passed = {
        name: {verb for verb, check in guards(invoice, market).items() if refusal_of(check) is None}
        for name, invoice in invoices.items()
    }
    assert found == passed
    credit = {"credit"} if credit_paid else set()
    assert found == {
        "unpaid": {"apply", "credit", "void", "write_off"}, "pending": set(), "paid": credit, "void": set(),
        "short": {"apply", "credit", "settle_difference", "write_off"}, "asked": {"apply", "credit", "void"},
        "settled": credit, "written off": {"void"} | credit,
        "settled by credit": {"void"} | credit, "for nothing": {"void"} | credit,
    }  # fmt: skip


@pytest.mark.damage
def test_what_is_not_offered_is_refused_in_words(market: Market, manager: Client, invoices: dict[str, Invoice]) -> None:
    for name in ("pending", "paid", "void"):
        refusal = refusal_of(guards(invoices[name], market)["void"])
        assert refusal is not None
        url, before = reverse("invoices:void", args=[invoices[name].pk]), snapshot()
        pages = manager.get(url), manager.post(url, {"token": str(uuid4()), "reason": "x", "then": "again"})
        assert [page.status_code for page in pages] == [200, 422], name
        for page in pages:
            assert refusal.message in page.content.decode().replace("&#x27;", "'"), name
        assert snapshot() == before


def test_what_took_over_a_balance_is_not_offered_to_be_voided(market: Market) -> None:
    invoice = read(market, issue_invoice(market))
    assert "void" in offered(invoice, market)
    invoice.carried_in = 100
    assert "void" not in offered(invoice, market)
    assert isinstance(refusal_of(voiding.check_voidable, invoice), voiding.InvoiceCarries)


def test_nothing_is_offered_to_somebody_of_the_company_but_to_apply(market: Market) -> None:
    issue_memo(market)
    invoice = read(market, issue_invoice(market))
    invoice.is_own = True
    assert offered(invoice, market) == {"apply"}
    assert refusal_of(drafts.check_credit, invoice) is not None


def test_every_verb_that_has_a_page_is_asked_here(market: Market) -> None:
    views = {each.name: getattr(each.callback, "view_class", object) for each in urlpatterns}
    pages = {name for name, view in views.items() if issubclass(view, VerbView)}
    assert pages
    assert pages <= guards(issue_invoice(market), market).keys()


def test_each_permission_is_one_of_the_table() -> None:
    assert {adjusting.SETTLE_PERMISSION, adjusting.WRITE_OFF_PERMISSION, drafts.PERMISSION, voiding.PERMISSION} <= set(
        PERMISSIONS
    )
