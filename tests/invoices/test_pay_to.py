"""An invoice freezes where it is paid to at its issue, and its page says so for ever; earlier ones have none."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from documents.domain.kinds import kind_called
from documents.operations import making
from documents.operations.making import Wanted
from documents.storage.stores import document_storage
from invoices.models import Invoice
from invoices.operations import issue
from invoices.printing import paid_to
from ledger.operations import account_for
from tests.factories.bank import DETAILS, GROUPED, IBAN, LOCAL, ask_for_details, give_details
from tests.factories.companies import MerchantFactory
from tests.factories.world import NOW, Market, charge, credit_invoice, issue_invoice, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def page(client: Client, invoice: Invoice) -> str:
    answer = client.get(reverse("invoices:detail", args=[invoice.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def printed(invoice: Invoice) -> str:
    """The words of its original."""
    stored = making.make_now(Wanted(invoice.marketplace_id, "invoice", invoice.pk, "original", ""))
    with document_storage().open(stored.name, "rb") as file:
        return " ".join(PdfReader(io.BytesIO(file.read())).pages[0].extract_text().split())


def test_it_keeps_what_held_when_it_was_issued(market: Market) -> None:
    """Before there was any, under the first version, and under the second; a request changes nothing."""
    before = issue_invoice(market)
    give_details(market)
    first = issue_invoice(market)
    ask_for_details(market, LOCAL)
    waiting = issue_invoice(market)
    assert [paid_to(each) for each in (before, first, waiting)] == [None, DETAILS, DETAILS]
    assert "pay_to" not in before.frozen


def test_a_later_change_reaches_later_invoices_only(market: Market) -> None:
    give_details(market)
    first = issue_invoice(market)
    give_details(market, LOCAL, now=LATER)
    second = issue_invoice(market, now=LATER)
    first.refresh_from_db()
    assert (paid_to(first), paid_to(second)) == (DETAILS, LOCAL)
    kind = kind_called("invoice")
    assert [kind.content(each.pk)["pay_to"] for each in (first, second)] == [DETAILS, LOCAL]


def test_each_merchant_is_paid_to_its_own(market: Market) -> None:
    other = MerchantFactory.create(company=market.reseller)
    give_details(market, LOCAL, merchant=other)
    account = account_for(payer=market.client, merchant=other)
    theirs = issue(
        account=account, beneficiary=market.client, charges=[charge()], actor=market.actor(), now=NOW, key=key()
    )
    assert [paid_to(each) for each in (theirs, issue_invoice(market))] == [LOCAL, None]


def test_a_credit_memo_freezes_none(market: Market) -> None:
    give_details(market)
    memo = credit_invoice(market, issue_invoice(market), 10_00)
    assert "pay_to" not in memo.frozen
    assert "pay_to" not in kind_called("credit_memo").content(memo.pk)


@pytest.mark.slow
def test_the_pdf_says_it(market: Market) -> None:
    give_details(market)
    invoice = issue_invoice(market)
    found = printed(invoice)
    assert f"IBAN · Commerzbank {GROUPED} BIC COBADEFFXXX" in found
    assert f"Reference {invoice.number}" in found


def test_its_page_says_it_as_issued(market: Market, manager: Client) -> None:
    give_details(market)
    invoice = issue_invoice(market)
    give_details(market, LOCAL, now=LATER)
    for client in (manager, client_of(market.people["billing_admin"])):
        found = page(client, invoice)
        assert 'id="pay-to"' in found
        assert GROUPED in found
        assert "COBADEFFXXX" in found
        assert "0012-345678" not in found


def test_a_page_of_an_earlier_invoice_and_a_developers_say_nothing(market: Market, manager: Client) -> None:
    earlier = issue_invoice(market)
    give_details(market)
    own = issue_invoice(market, charge(vendor_id=market.vendor.pk))
    assert 'id="pay-to"' not in page(manager, earlier)
    developers = page(client_of(market.people["developer"]), own)
    assert 'id="pay-to"' not in developers
    assert IBAN not in developers
    assert GROUPED not in developers
