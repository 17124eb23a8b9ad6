"""What people read of credit on hold: customers whom to ask, wherever they would apply it; staff what it keeps from."""

from html import unescape

import pytest
from django.urls import reverse

from core.formats import amount_text
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
CANNOT = "This credit is on hold, so it can't be applied."
STAFF = "This credit is on hold: it is not applied automatically"


def page(market: Market, person: str, name: str, pk: int, status: int = 200) -> str:
    answer = client_of(market.people[person]).get(reverse(name, args=[pk]))
    assert answer.status_code == status
    return unescape(answer.content.decode())


@pytest.fixture
def held(market: Market) -> CreditMemo:
    return issue_memo(market, "50.00")


def test_the_customer_reads_whom_to_ask(market: Market, held: CreditMemo) -> None:
    merchant = market.merchant.company
    text = page(market, "billing_admin", "creditmemos:detail", held.pk)
    assert CANNOT in text
    assert f"Ask {merchant.name} to release it." in text
    assert reverse("creditmemos:apply", args=[held.pk]) not in text
    merchant.billing_email = "ar@operator.example"
    merchant.save()
    text = page(market, "billing_admin", "creditmemos:detail", held.pk)
    assert f"Ask {merchant.name} to release it: ar@operator.example." in text


@pytest.mark.parametrize("person", ["manager", "finance", "support"])
def test_staff_read_what_the_hold_keeps_from(market: Market, held: CreditMemo, person: str) -> None:
    text = page(market, person, "creditmemos:detail", held.pk)
    assert STAFF in text
    assert CANNOT not in text
    assert (reverse("creditmemos:release", args=[held.pk]) in text) is (person != "support")


def test_nothing_is_said_where_nothing_is_held(market: Market, held: CreditMemo) -> None:
    free, used = issue_memo(market, "50.00", use="follow"), issue_memo(market, "50.00")
    apply(market, used, issue_invoice(market), 50_00)
    operations.void(memo=held, reason="Mistake", actor=market.actor(), now=NOW)
    for memo in (free, used, held):
        for person in ("manager", "billing_admin"):
            assert "This credit is on hold" not in page(market, person, "creditmemos:detail", memo.pk)


def test_the_desk_of_a_held_memo_says_why_it_is_shut(market: Market, held: CreditMemo) -> None:
    text = page(market, "billing_admin", "creditmemos:apply", held.pk, 403)
    assert CANNOT in text
    assert f'href="{reverse("creditmemos:detail", args=[held.pk])}"' in text
    assert CANNOT not in page(market, "other_admin", "creditmemos:apply", held.pk, 404)
    assert CANNOT not in page(market, "user", "creditmemos:apply", held.pk, 404)
    assert "data-desk" in page(market, "manager", "creditmemos:apply", held.pk)


def test_the_desks_say_what_they_leave_out(market: Market, held: CreditMemo) -> None:
    invoice, second = issue_invoice(market), issue_memo(market, "20.00")
    free = issue_memo(market, "5.00", use="follow")
    both = f"{amount_text(70_00, 'EUR')} of 2 credit memos are on hold and can't be applied. Ask"
    for name, pk in (("creditmemos:apply_to_invoice", invoice.pk), ("creditmemos:apply_account", held.account_id)):
        assert both in page(market, "billing_admin", name, pk)
        assert "on hold and can't be applied" not in page(market, "manager", name, pk)
    assert "on hold" not in page(market, "billing_admin", "creditmemos:apply", free.pk)
    operations.release(memo=second, actor=market.actor(), now=NOW)
    text = page(market, "billing_admin", "creditmemos:apply_account", held.account_id)
    assert f"{amount_text(50_00, 'EUR')} of one credit memo is on hold and can't be applied." in text
    operations.release(memo=held, actor=market.actor(), now=NOW)
    assert "on hold" not in page(market, "billing_admin", "creditmemos:apply_account", free.account_id)
