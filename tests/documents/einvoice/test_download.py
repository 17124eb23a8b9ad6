"""The download of an e-invoice: who gets it, and what is told where there is none."""

import sys
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from creditmemos import operations
from creditmemos.models import CreditMemo
from documents.einvoice import output
from documents.einvoice.problems import Problem
from documents.operations.making import Wanted, set_state
from documents.renderer.rendering import RendererDied
from documents.views import einvoice as views
from tests.documents.einvoice.reading import Read
from tests.factories.world import NOW, VAT, Market, issue_invoice, issue_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12


def address(memo: CreditMemo, syntax: str = "ubl") -> str:
    return f"/documents/of/credit_memo/{memo.pk}/einvoice/{syntax}/"


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    return issue_memo(market, taxes=(VAT,))


def messages_of(client: Client, memo: CreditMemo) -> str:
    return client.get(f"/credit-memos/{memo.pk}/").content.decode()


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_it_is_a_download_of_valid_xml(
    market: Market, memo: CreditMemo, syntax: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(market.people["billing_admin"])
    with django_assert_max_num_queries(MAX_QUERIES):
        answer = client.get(address(memo, syntax))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    assert answer["Content-Disposition"] == f'attachment; filename="CM-2026-00001-{syntax}.xml"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    read = Read(syntax, answer.content)
    assert (read.broken(), read.one("number"), read.one("total")) == (set(), "CM-2026-00001", "60.00")
    assert client.get(address(memo, syntax)).content == answer.content


def test_an_invoice_has_one_too(market: Market) -> None:
    invoice = issue_invoice(market)
    answer = client_of(market.people["billing_admin"]).get(f"/documents/of/invoice/{invoice.pk}/einvoice/ubl/")
    assert (Read("ubl", answer.content).one("type"), answer.status_code) == ("380", 200)


def test_the_page_links_both_until_it_is_void(market: Market, memo: CreditMemo, manager: Client) -> None:
    page = manager.get(f"/credit-memos/{memo.pk}/").content.decode()
    assert [f'href="{address(memo, syntax)}"' in page for syntax in ("ubl", "cii")] == [True, True]
    operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)
    set_state(Wanted(market.marketplace.pk, "credit_memo", memo.pk, "void_copy"), "queued")
    page = manager.get(f"/credit-memos/{memo.pk}/").content.decode()
    block = f"/documents/of/credit_memo/{memo.pk}/?void"
    assert (f'hx-get="{block}"' in page, "einvoice" in page) == (True, False)
    assert "einvoice" not in manager.get(block).content.decode()


def test_what_is_void_says_so_on_its_page(market: Market, memo: CreditMemo, manager: Client) -> None:
    operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)
    answer = manager.get(address(memo))
    assert (answer.status_code, answer["Location"]) == (302, f"/credit-memos/{memo.pk}/")
    assert "It is void, which the standard can&#x27;t express." in messages_of(manager, memo)


def test_what_the_standard_cannot_say_is_told_on_the_page(market: Market, manager: Client) -> None:
    market.acme.country = ""
    market.acme.save()
    memo = issue_memo(market)
    assert manager.get(address(memo)).status_code == 302
    page = messages_of(manager, memo)
    assert "No EN 16931 e-invoice can be created for CM-2026-00001." in page
    assert "Acme north has no country in its address." in page


def answers(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    def validate(_xml: bytes, _syntax: str) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(output, "validate", validate)


def test_what_breaks_a_rule_is_not_given_out(
    memo: CreditMemo, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(views.log, "exception", lambda *_: logged.append(str(sys.exc_info()[1])))
    answers(monkeypatch, [Problem("BR-CO-15", "The totals differ.")])
    assert manager.get(address(memo)).status_code == 302
    assert logged == ["CM-2026-00001: BR-CO-15: The totals differ."]
    assert "The e-invoice did not pass the official rules." in messages_of(manager, memo)


def test_a_warning_keeps_nothing_back(memo: CreditMemo, manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, [Problem("UBL-CR-001", "Should not be there.", is_fatal=False)])
    assert manager.get(address(memo)).status_code == 200


def test_what_cannot_be_checked_is_not_given_out(
    memo: CreditMemo, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, RendererDied("The renderer ended unexpectedly (-9)."))
    assert manager.get(address(memo)).status_code == 302
    assert "The e-invoice could not be checked. Please try again later." in messages_of(manager, memo)


def test_a_draft_has_none_and_no_pdf(market: Market, manager: Client) -> None:
    market.marketplace.settings.approval_threshold = 0
    market.marketplace.settings.save()
    draft = issue_memo(market)
    assert draft.number is None
    for path in ("einvoice/ubl/", "original/"):
        assert manager.get(f"/documents/of/credit_memo/{draft.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["of/credit_memo/{pk}/einvoice/pdf/", "of/payslip/{pk}/einvoice/ubl/",
                                  "of/credit_memo/0/einvoice/ubl/"])  # fmt: skip
def test_what_cannot_be_is_not_found(manager: Client, memo: CreditMemo, path: str) -> None:
    assert manager.get(f"/documents/{path.format(pk=memo.pk)}").status_code == 404


def test_the_role_and_the_owner_decide(market: Market, south: Market, memo: CreditMemo) -> None:
    people = {"developer": 403, "user": 404, "other_admin": 404, "support": 200, "company_admin": 200}
    found = {name: client_of(market.people[name]).get(address(memo)).status_code for name in people}
    assert found == people
    assert client_of(south.people["manager"]).get(address(memo)).status_code == 404
    assert Client().get(address(memo)).status_code == 302


def test_it_is_only_read(manager: Client, memo: CreditMemo) -> None:
    assert manager.post(address(memo)).status_code == 405
    assert manager.head(address(memo)).status_code == 200
