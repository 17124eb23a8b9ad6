"""Where a merchant's bank details are read, asked for, agreed to and found again."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import MerchantBankDetails
from core.models import Approval
from tests.factories.bank import DETAILS, GROUPED, IBAN, LOCAL, ask_for_details, give_details
from tests.factories.companies import CompanyFactory, MerchantFactory
from tests.factories.world import Market, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
TYPED = {
    "holder": "Operator north GmbH", "iban": GROUPED, "account_number": "", "routing_code": "", "bic": "COBADEFFXXX",
    "bank_name": "Commerzbank", "instructions": "",
}  # fmt: skip


def page_of(market: Market) -> str:
    return reverse("companies:bank_details", args=[market.merchant.pk])


def form_of(market: Market) -> str:
    return reverse("companies:change_bank_details", args=[market.merchant.pk])


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


def test_from_the_settings_to_the_invoices_of_tomorrow(market: Market, manager: Client, finance: Client) -> None:
    """The whole way: settings, page, form, request, approval, history."""
    assert "None yet" in manager.get("/settings/").content.decode()
    page = manager.get(page_of(market)).content.decode()
    assert "No bank details yet: invoices don't say where to pay to." in page
    assert form_of(market) in page
    assert 'value="Operator north"' in manager.get(form_of(market)).content.decode()
    sent = manager.post(form_of(market), TYPED, follow=True)
    asked = Approval.objects.get()
    assert sent.redirect_chain == [(reverse("creditmemos:approval", args=[asked.pk]), 302)]
    assert "Sent for approval." in sent.content.decode()
    waiting = manager.get(page_of(market)).content.decode()
    assert "Change the bank details of Operator north" in waiting
    assert form_of(market) not in waiting

    request = finance.get(reverse("creditmemos:approval", args=[asked.pk])).content.decode()
    assert GROUPED in request
    assert "ask for payment to the account of Operator north GmbH ending in 3000" in request
    done = finance.post(reverse("creditmemos:approval_approve", args=[asked.pk]), follow=True).content.decode()
    assert "Approved. New invoices of Operator north print these bank details." in done

    page = finance.get(page_of(market)).content.decode()
    for said in (GROUPED, "COBADEFFXXX", "Commerzbank", "Manager North", "Finance North", "Approved by"):
        assert said in page
    assert GROUPED in finance.get("/settings/").content.decode()


def test_the_request_shows_then_now_and_as_requested(market: Market, finance: Client) -> None:
    give_details(market)
    asked = ask_for_details(market, LOCAL)
    page = finance.get(reverse("creditmemos:approval", args=[asked.pk])).content.decode()
    for label in ("Account holder", "IBAN", "Account number", "Routing code", "BIC", "Payment instructions"):
        assert f'<th scope="row">{label}</th>' in page
    for said in (GROUPED, "0012-345678", "021000021"):
        assert said in page


def test_many_at_once_leave_it_for_whoever_reads_it(market: Market, finance: Client) -> None:
    asked = ask_for_details(market)
    answer = finance.post("/credit-memos/approvals/approve/", {"pk": asked.pk, "token": str(uuid4())})
    assert "Open this request to approve it: what it changes has to be read." in answer.content.decode()
    asked.refresh_from_db()
    assert (asked.decision, MerchantBankDetails.objects.count()) == ("waiting", 0)


@pytest.mark.parametrize(
    ("field", "typed", "text"),
    [
        ("iban", "DE89 3704 0044 0532 0130 01", "its check digits don&#x27;t fit"),
        ("iban", "XX09 1234 5678", "No country&#x27;s IBANs begin with XX."),
        ("bic", "COBADEFFX", "A BIC has 8 or 11 characters."),
        ("account_number", "123", "Enter the IBAN or the account number, not both."),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    market: Market, manager: Client, field: str, typed: str, text: str
) -> None:
    answer = manager.post(form_of(market), TYPED | {field: typed, "instructions": "Keep me"})
    page = answer.content.decode()
    assert (answer.status_code, Approval.objects.count()) == (422, 0)
    assert text in page
    assert f'value="{typed}"' in page
    assert 'value="Keep me"' in page
    assert f'id="id_{field}_error"' in page


def test_both_mistakes_are_told_at_once(market: Market, manager: Client) -> None:
    page = manager.post(form_of(market), TYPED | {"iban": "DE12", "bic": "COBA"}).content.decode()
    assert 'id="id_iban_error"' in page
    assert 'id="id_bic_error"' in page


def test_the_form_begins_with_what_holds(market: Market, manager: Client) -> None:
    give_details(market)
    page = manager.get(form_of(market)).content.decode()
    for value in (DETAILS.holder, GROUPED, DETAILS.bic, DETAILS.bank_name):
        assert f'value="{value}"' in page
    answer = manager.post(form_of(market), TYPED)
    assert "Nothing to change: Operator north already has these bank details." in answer.content.decode()


def test_what_waits_keeps_the_form_away_and_a_second_form_out(market: Market, manager: Client) -> None:
    ask_for_details(market, role="finance")
    assert "This has already been requested and is awaiting approval." in manager.get(form_of(market)).content.decode()
    assert manager.post(form_of(market), TYPED).status_code == 422
    assert Approval.objects.count() == 1


def test_a_form_that_is_sent_twice_asks_once(market: Market, manager: Client) -> None:
    token = "5a6f4e0e-9f0e-4f0c-8f7e-2b8f0d3b1c11"
    for _ in range(2):
        assert manager.post(form_of(market), TYPED | {"token": token}).status_code == 302
    assert Approval.objects.count() == 1


def test_support_reads_neither_page_nor_account(market: Market) -> None:
    give_details(market)
    support = client_of(market.people["support"])
    assert support.get(page_of(market)).status_code == 403
    assert support.get(form_of(market)).status_code == 403
    assert support.post(form_of(market), TYPED).status_code == 403
    log = support.get("/audit-log/").content.decode()
    assert "Changed bank details" in log
    assert "Account ending in: 3000" in log
    assert IBAN not in log
    assert GROUPED not in log
    assert IBAN not in support.get("/audit-log/?export=csv").getvalue().decode()


def test_another_marketplace_finds_nothing(market: Market) -> None:
    give_details(market)
    stranger = client_of(make_market("south").people["finance"])
    for url in (page_of(market), form_of(market)):
        assert stranger.get(url).status_code == 404
    assert stranger.post(form_of(market), TYPED).status_code == 404
    assert MerchantBankDetails.objects.count() == 1


def test_the_pages_stay_within_their_queries(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place, details in enumerate((DETAILS, LOCAL) * 3):
        give_details(market, details, bank_name=f"Bank {place}")
    for _ in range(3):
        MerchantFactory.create(company=CompanyFactory.create(marketplace=market.marketplace, kind="reseller"))
    with django_assert_max_num_queries(12):
        assert "Bank 0" in manager.get(page_of(market)).content.decode()
    with django_assert_max_num_queries(12):
        manager.get("/settings/")
