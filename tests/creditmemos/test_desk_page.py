"""The apply desk: what lies on it, what it works out, and that it applies exactly what was typed or nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.operations.voiding import void_invoice
from companies.models import Company, Grant
from core.formats import DASH
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import Application, CreditMemo
from creditmemos.queries.desk import MOST_COLUMNS, MOST_MATRIX_ROWS, MOST_ROWS
from invoices.models import Invoice
from tests.factories.world import NOW, Market, apply, charge, issue_invoice, issue_memo, key, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES, MAX_BYTES = 12, 100_000
HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(days=45)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def memo_desk(memo: CreditMemo) -> str:
    return reverse("creditmemos:apply", args=[memo.pk])


def invoice_desk(invoice: Invoice) -> str:
    return reverse("creditmemos:apply_to_invoice", args=[invoice.pk])


def account_desk(market: Market) -> str:
    return reverse("creditmemos:apply_account", args=[market.account().pk])


def box(memo: CreditMemo, invoice: Invoice) -> str:
    return f"amount-{memo.pk}-{invoice.pk}"


def seen(*documents: CreditMemo | Invoice) -> dict[str, str]:
    """What the page's hidden fields say of documents as they were when it was opened."""
    found = {}
    for one in documents:
        kind, figure = ("memo", one.balance) if isinstance(one, CreditMemo) else ("invoice", one.amount_due)
        found[f"seen-{kind}-{one.pk}"] = str(figure)
    return found


def send(client: Client, url: str, do: str = "apply", **fields: str) -> Any:
    return client.post(url, {"do": do, "token": str(uuid4()), **fields})


def text(response: Any) -> str:
    """The page's words, with every run of blanks as one."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", words.replace("&#x27;", "'").replace(DASH, "-"))


def value_of(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}"(?:\s+value="([^"]*)")?', response.content.decode())
    assert found, f"no box {name}"
    return found[1] or ""


def used() -> list[tuple[int, int, int]]:
    return sorted(Application.objects.values_list("memo_id", "invoice_id", "amount"))


# --- what lies on it ---------------------------------------------------------------------------------------------


def test_from_a_memo_the_open_invoices_lie_in_the_policys_order(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    late, later = issue_invoice(market, terms_days=60), issue_invoice(market, terms_days=5)
    settled, strange = issue_invoice(market, terms_days=1), issue_invoice(market, company=market.birch)
    apply(market, issue_memo(market, "120.00"), settled, 12000)

    page = manager.get(memo_desk(memo)).content.decode()

    assert page.index(str(later)) < page.index(str(late))
    assert str(settled) not in page
    assert str(strange) not in page
    assert box(memo, late) in page
    assert "40 days late" in page


def test_a_memos_own_invoice_comes_first(market: Market, manager: Client) -> None:
    early, own = issue_invoice(market, terms_days=1), issue_invoice(market, terms_days=99)
    memo = operations.issue_from_invoice(
        invoice=own,
        lines=[InvoiceCredit(own.lines.get().pk, net=1000)],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    page = manager.get(memo_desk(memo)).content.decode()
    assert page.index(box(memo, own)) < page.index(box(memo, early))


def test_from_an_invoice_the_memos_lie_with_their_credit(market: Market, manager: Client) -> None:
    invoice, first, second = issue_invoice(market), issue_memo(market), issue_memo(market, "7.00")
    empty, strange = issue_memo(market, "5.00"), issue_memo(market, company=market.birch)
    operations.void(memo=empty, reason="Twice", actor=market.actor(), now=NOW)

    page = manager.get(invoice_desk(invoice)).content.decode()

    assert box(first, invoice) in page
    assert box(second, invoice) in page
    assert str(empty) not in page
    assert str(strange) not in page
    assert "Goodwill" in page


def test_from_the_account_every_chosen_memo_meets_every_invoice(market: Market, manager: Client) -> None:
    memos = [issue_memo(market, f"{n}.00") for n in range(1, 7)]
    invoices = [issue_invoice(market) for _ in range(2)]

    page = manager.get(account_desk(market)).content.decode()
    chosen = manager.get(account_desk(market), {"use": [memos[5].pk]}).content.decode()

    assert [box(memo, invoice) in page for memo in memos for invoice in invoices] == [True] * 8 + [False] * 4
    assert [f'name="{box(memo, invoices[0])}"' in chosen for memo in memos] == [False] * 5 + [True]


def test_a_user_apart_is_served_apart(market: Market, manager: Client) -> None:
    Company.objects.filter(pk=market.acme.pk).update(company_wide_billing=False)
    ann, bob = market.user("company_admin"), market.user("user")
    hers, his, nobodys = (issue_invoice(market, billed_user=user) for user in (ann, bob, None))
    memo, free = issue_memo(market, billed_user=ann), issue_memo(market, billed_user=None)

    from_memo = manager.get(memo_desk(memo)).content.decode()
    from_invoice = manager.get(invoice_desk(his)).content.decode()
    matrix = manager.get(account_desk(market)).content.decode()

    assert [box(memo, row) in from_memo for row in (hers, his, nobodys)] == [True, False, False]
    assert [box(one, his) in from_invoice for one in (memo, free)] == [False, True]
    assert [box(memo, his) in matrix, box(free, his) in matrix, box(memo, hers) in matrix] == [False, True, True]


def test_a_memo_without_credit_says_so(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)
    page = manager.get(memo_desk(memo))
    assert f"{memo} is voided and has no credit to apply." in text(page)
    assert box(memo, invoice) not in page.content.decode()


# --- what it works out ----------------------------------------------------------------------------------------------


def test_typed_amounts_are_worked_out_while_nothing_is_changed(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market, terms_days=15)
    fields = {**seen(memo, invoice), box(memo, invoice): "30.00"}

    answer = send(manager, memo_desk(memo), "live", **fields).content.decode()

    assert f'id="left-{memo.pk}" hx-swap-oob="true"' in answer
    assert "€20.00" in answer
    assert "€90.00" in answer
    assert "<html" not in answer
    assert used() == []


def test_without_javascript_recalculating_is_a_page(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market, terms_days=15)
    page = send(manager, memo_desk(memo), "recalculate", **seen(memo, invoice), **{box(memo, invoice): "30"})
    assert "<html" in page.content.decode()
    assert value_of(page, box(memo, invoice)) == "30"
    assert "To apply €30.00" in text(page)
    assert used() == []


def test_aging_before_and_after(market: Market, manager: Client) -> None:
    issue_invoice(market, charge("100.00", taxes=()), terms_days=50)
    invoice = issue_invoice(market, charge("70.00", taxes=()), terms_days=10)
    memo = issue_memo(market, "30.00")

    page = send(manager, memo_desk(memo), "recalculate", **seen(memo, invoice), **{box(memo, invoice): "30.00"})

    assert "Not due €100.00 €100.00 1 to 30 days - - 31 to 60 days €70.00 €40.00" in text(page)
    assert "Due €170.00 €140.00 Available €30.00 €0.00" in text(page)


def test_fill_shares_by_the_policy_and_by_another_order(market: Market, manager: Client) -> None:
    early = issue_invoice(market, charge("10.00", taxes=()), terms_days=5)
    large = issue_invoice(market, charge("90.00", taxes=()), terms_days=30)
    memo = issue_memo(market, "50.00")

    by_policy = send(manager, memo_desk(memo), "fill", **seen(memo, early, large))
    by_size = send(manager, memo_desk(memo), "fill-largest_due", **seen(memo, early, large))

    assert [value_of(by_policy, box(memo, row)) for row in (early, large)] == ["10.00", "40.00"]
    assert [value_of(by_size, box(memo, row)) for row in (early, large)] == ["", "50.00"]
    assert used() == []


def test_what_if_compares_the_orders(market: Market, manager: Client) -> None:
    issue_invoice(market, charge("10.00", taxes=()), terms_days=5)
    issue_invoice(market, charge("50.00", taxes=()), terms_days=60)
    memo = issue_memo(market, "50.00")

    page = text(manager.get(memo_desk(memo)))

    assert "Earliest due date first (policy) €50.00 1 €10.00 - - - -" in page
    assert "Largest amount due first €50.00 1 - - €10.00 - -" in page


def test_fill_on_an_account_leaves_held_memos_out(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    held, free = issue_memo(market, use="hold"), issue_memo(market, "20.00", use="follow")
    page = send(manager, account_desk(market), "fill", use=str(held.pk))
    both = manager.post(account_desk(market), {"do": "fill", "use": [held.pk, free.pk], "token": str(uuid4())})
    assert value_of(page, box(held, invoice)) == ""
    assert [value_of(both, box(one, invoice)) for one in (held, free)] == ["", "20.00"]


def test_filling_nothing_says_why(market: Market, manager: Client) -> None:
    issue_invoice(market)
    issue_memo(market, use="hold")
    assert "all credit memos here are on hold" in text(send(manager, account_desk(market), "fill"))
    other = issue_memo(market, company=market.birch)
    assert "no credit that can be applied to an open invoice" in text(send(manager, memo_desk(other), "fill"))


def test_all_that_fits(market: Market, manager: Client) -> None:
    memo = issue_memo(market, "50.00")
    small, big = issue_invoice(market, charge("10.00", taxes=())), issue_invoice(market)
    fields = {**seen(memo, small, big), box(memo, small): "10.00"}

    page = send(manager, memo_desk(memo), f"most-{memo.pk}-{big.pk}", **fields)

    assert [value_of(page, box(memo, row)) for row in (small, big)] == ["10.00", "40.00"]


def test_an_invoice_is_found_by_its_number_and_typed_amounts_stay(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    invoices = [issue_invoice(market) for _ in range(3)]
    fields = {**seen(memo, *invoices), box(memo, invoices[0]): "5.00", "find": str(invoices[2])}

    page = send(manager, memo_desk(memo), "show", **fields)

    assert value_of(page, box(memo, invoices[0])) == "5.00"
    assert box(memo, invoices[2]) in page.content.decode()
    assert box(memo, invoices[1]) not in page.content.decode()


# --- applying --------------------------------------------------------------------------------------------------------


def test_a_memo_on_two_invoices(market: Market, manager: Client) -> None:
    memo, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)

    answer = send(
        manager, memo_desk(memo), **seen(memo, first, second), **{box(memo, first): "30.00", box(memo, second): "12.5"}
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("creditmemos:detail", args=[memo.pk]))
    assert used() == [(memo.pk, first.pk, 3000), (memo.pk, second.pk, 1250)]
    memo.refresh_from_db()
    assert (memo.balance, memo.status) == (750, "partially_applied")
    assert AuditEntry.objects.filter(verb="credit_memo.applied", actor=market.user("manager")).count() == 1
    assert "Applied €42.50 to 2 invoices." in text(manager.get(reverse("invoices:list")))


def test_two_memos_on_an_invoice(market: Market, manager: Client) -> None:
    invoice, first, second = issue_invoice(market), issue_memo(market, "100.00"), issue_memo(market, "30.00")
    fields = {**seen(invoice, first, second), box(first, invoice): "100.00", box(second, invoice): "20.00"}

    answer = send(manager, invoice_desk(invoice), **fields)

    assert answer["Location"] == reverse("invoices:detail", args=[invoice.pk])
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.credited) == ("paid", 0, 12000)


def test_many_to_many(market: Market, manager: Client) -> None:
    memos, invoices = [issue_memo(market) for _ in range(2)], [issue_invoice(market) for _ in range(2)]
    fields = {box(memo, invoice): "10.00" for memo in memos for invoice in invoices}

    answer = send(manager, account_desk(market), **seen(*memos, *invoices), **fields)

    assert answer["Location"] == account_desk(market)
    assert sorted(used()) == sorted((memo.pk, invoice.pk, 1000) for memo in memos for invoice in invoices)


def test_nothing_typed_is_refused(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    page = send(manager, memo_desk(memo), **seen(memo, invoice), **{box(memo, invoice): "  "})
    assert (page.status_code, used()) == (422, [])
    assert "Enter an amount for at least one invoice." in text(page)


def test_with_htmx_the_browser_is_told_where_to_go(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    fields = {"do": "apply", "token": str(uuid4()), **seen(memo, invoice), box(memo, invoice): "1.00"}
    answer = manager.post(memo_desk(memo), fields, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("creditmemos:detail", args=[memo.pk]))


def test_a_double_submit_has_one_effect(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    fields = {"do": "apply", "token": str(uuid4()), **seen(memo, invoice), box(memo, invoice): "10.00"}

    answers = [manager.post(memo_desk(memo), fields) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {302}
    assert used() == [(memo.pk, invoice.pk, 1000)]


def test_a_token_used_for_something_else_is_refused_and_replaced(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    fields = {"do": "apply", "token": str(uuid4()), **seen(memo, invoice), box(memo, invoice): "10.00"}
    manager.post(memo_desk(memo), fields)

    page = manager.post(memo_desk(memo), {**fields, box(memo, invoice): "11.00"})
    again = manager.post(
        memo_desk(memo),
        {**fields, box(memo, invoice): "11.00", "token": value_of(page, "token")},
    )

    assert (page.status_code, again.status_code) == (422, 302)
    assert value_of(page, box(memo, invoice)) == "11.00"
    assert used() == [(memo.pk, invoice.pk, 1000), (memo.pk, invoice.pk, 1100)]


# --- conflicts -------------------------------------------------------------------------------------------------------


def test_a_memo_that_was_used_meanwhile_is_told_in_its_row(market: Market, manager: Client) -> None:
    memo, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)
    opened = seen(memo, first, second)
    apply(market, memo, second, 2000)

    page = send(manager, memo_desk(memo), **opened, **{box(memo, first): "40.00", box(memo, second): "1.00"})

    assert page.status_code == 422
    assert "This credit memo has been applied since you opened it: €30.00 remaining" in text(page)
    assert [value_of(page, box(memo, row)) for row in (first, second)] == ["40.00", "1.00"]
    assert f'name="seen-memo-{memo.pk}" value="3000"' in page.content.decode()
    assert used() == [(memo.pk, second.pk, 2000)]
    assert f'href="#{box(memo, first)}"' in page.content.decode()


def test_what_still_fits_goes_through_whatever_happened_meanwhile(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    opened = seen(memo, invoice)
    apply(market, memo, invoice, 2000)
    answer = send(manager, memo_desk(memo), **opened, **{box(memo, invoice): "30.00"})
    assert answer.status_code == 302
    assert [amount for _memo, _invoice, amount in used()] == [2000, 3000]


def test_an_invoice_that_was_settled_meanwhile_stays_on_the_desk(market: Market, manager: Client) -> None:
    memo, invoice, other = issue_memo(market), issue_invoice(market), issue_invoice(market)
    opened = seen(memo, invoice, other)
    apply(market, issue_memo(market, "120.00"), invoice, 12000)

    page = send(manager, memo_desk(memo), **opened, **{box(memo, invoice): "10.00", box(memo, other): "5.00"})

    assert page.status_code == 422
    assert f"{invoice} was paid or credited since you opened it: €0.00 due" in text(page)
    assert [value_of(page, box(memo, row)) for row in (invoice, other)] == ["10.00", "5.00"]
    assert len(used()) == 1


def test_a_void_invoice_is_named(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    opened = seen(memo, invoice)
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    page = send(manager, memo_desk(memo), **opened, **{box(memo, invoice): "10.00"})
    assert f"Credit can only be applied to unpaid invoices. {invoice} is void." in text(page)
    assert (page.status_code, used()) == (422, [])


def test_too_much_in_sum_is_told_for_the_row_that_is_too_much(market: Market, manager: Client) -> None:
    invoice, first, second = issue_invoice(market), issue_memo(market, "100.00"), issue_memo(market, "100.00")
    fields = {box(first, invoice): "100.00", box(second, invoice): "20.01"}
    page = send(manager, invoice_desk(invoice), **seen(invoice, first, second), **fields)
    assert page.status_code == 422
    assert f"Only €120.00 is due on {invoice}." in text(page)
    assert 'aria-invalid="true"' in page.content.decode().split(box(second, invoice))[-1]


# --- amounts are read strictly (reliability: inputs) ---------------------------------------------------------------

REFUSED = [
    "-1", "0", "-0", "NaN", "sNaN", "Infinity", "1e400", "0.001", "1E-3", "1e-999999", "99999999999999", "1,00,000.00",
    "1.2.3,45", "0x10", "5\u200b", "1 00", "1\u00a00000", "1\x00", "5" * 5000, "1e3", "1_000", "+5", "5.", ".5",
    "\uff11\uff12.\uff10\uff10", "10.000", "--1", "\u0665",
]  # fmt: skip


def test_what_is_no_amount_is_refused_and_kept(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    for typed in REFUSED:
        page = send(manager, memo_desk(memo), **seen(memo, invoice), **{box(memo, invoice): typed})
        assert (page.status_code, used()) == (422, []), ascii(typed[:20])
        assert f'href="#{box(memo, invoice)}"' in page.content.decode()
        assert value_of(page, box(memo, invoice)).startswith(typed[:1])


def test_amounts(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market, "500.00"), issue_invoice(market, charge("900.00"))
    for typed in ("1", " 1.5 ", "0.01", "50.00", "007", "1.51"):
        send(manager, memo_desk(memo), **seen(memo, invoice), **{box(memo, invoice): typed})
    assert [amount for _memo, _invoice, amount in used()] == [1, 100, 150, 151, 700, 5000]


@pytest.mark.parametrize(
    ("currency", "typed", "minor"), [("JPY", "1.0", None), ("JPY", "12", 12), ("KWD", "1.234", 1234)]
)
def test_other_exponents(currency: str, typed: str, minor: int | None) -> None:
    other = make_market("east", currency=currency)
    memo, invoice = issue_memo(other, "50"), issue_invoice(other)
    send(client_of(other.people["manager"]), memo_desk(memo), **seen(memo, invoice), **{box(memo, invoice): typed})
    assert used() == ([(memo.pk, invoice.pk, minor)] if minor else [])


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "memo_status", "account_status"),
    [
        ("manager", 200, 200), ("finance", 200, 200), ("support", 403, 403), ("company_admin", 200, 200),
        ("billing_admin", 200, 200), ("user", 404, 404), ("other_admin", 404, 404), ("reseller", 404, 404),
        ("developer", 404, 404),
    ],
)  # fmt: skip
def test_who_gets_which_desk(market: Market, person: str, memo_status: int, account_status: int) -> None:
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    client = client_of(market.people[person])
    statuses = [client.get(url).status_code for url in (memo_desk(memo), invoice_desk(invoice))]
    assert statuses == [memo_status] * 2
    assert client.get(account_desk(market)).status_code == account_status
    posted = send(client, memo_desk(memo), **{box(memo, invoice): "1.00"}).status_code
    assert posted == (302 if memo_status == 200 else memo_status)
    assert len(used()) == (1 if memo_status == 200 else 0)


def test_who_sees_a_memo_but_may_not_apply_it_is_refused(market: Market) -> None:
    own = issue_memo(market, billed_user=market.user("user"), use="follow")
    resold = issue_memo(market, company=market.client, use="follow")
    assert client_of(market.people["user"]).get(memo_desk(own)).status_code == 403
    assert client_of(market.people["reseller"]).get(memo_desk(resold)).status_code == 403


def test_a_stranger_finds_nothing(market: Market, south: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    stranger = client_of(south.people["manager"])
    for url in (memo_desk(memo), invoice_desk(invoice), account_desk(market)):
        assert stranger.get(url).status_code == 404
        assert send(stranger, url, **{box(memo, invoice): "1.00"}).status_code == 404
    assert Client().get(memo_desk(memo)).status_code == 302
    assert used() == []


@pytest.mark.parametrize("do", ["apply", "live", "recalculate", "fill", "show", "most-1-1"])
def test_a_strangers_document_inside_a_form_is_not_found(market: Market, south: Market, do: str) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    theirs, other = issue_invoice(south), issue_invoice(market, company=market.birch)
    client = client_of(market.people["manager"])
    for row in (theirs, other):
        status = send(client, memo_desk(memo), do, **{box(memo, row): "1.00", box(memo, invoice): "1.00"}).status_code
        assert status == (200 if do == "fill" else 404)
    assert used() == []


def test_customers_may_not_touch_what_is_on_hold(market: Market) -> None:
    held, free, invoice = issue_memo(market, use="hold"), issue_memo(market, use="follow"), issue_invoice(market)
    admin = client_of(market.people["company_admin"])
    opened = seen(held, free, invoice)

    assert admin.get(memo_desk(held)).status_code == 403
    assert str(held) not in admin.get(invoice_desk(invoice)).content.decode()
    page = send(admin, invoice_desk(invoice), **opened, **{box(held, invoice): "1.00"})

    assert (page.status_code, used()) == (422, [])
    assert f"{held} is on hold." in text(page)


def test_the_marketplace_decides_whether_customers_apply(market: Market) -> None:
    memo = issue_memo(market, use="follow")
    market.marketplace.settings.customers_may_apply = False
    market.marketplace.settings.save()
    assert client_of(market.people["company_admin"]).get(memo_desk(memo)).status_code == 403


def test_resellers_apply_to_own_debts_when_granted(market: Market) -> None:
    Grant.objects.create(marketplace=market.marketplace, role="reseller", permission="creditmemos.apply", granted=True)
    own, invoice = issue_memo(market, company=market.client, use="follow"), issue_invoice(market, company=market.client)
    reseller = client_of(market.people["reseller"])
    assert send(reseller, memo_desk(own), **seen(own, invoice), **{box(own, invoice): "2.00"}).status_code == 302
    assert reseller.get(memo_desk(issue_memo(market))).status_code == 404
    assert client_of(market.people["client_admin"]).get(memo_desk(own)).status_code == 404


def test_only_get_and_post(market: Market, manager: Client) -> None:
    url = memo_desk(issue_memo(market))
    assert [manager.put(url).status_code, manager.delete(url).status_code] == [405, 405]


# --- size ------------------------------------------------------------------------------------------------------------


def test_queries_and_bytes_do_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    memos = [issue_memo(market, f"{n + 1}.00", use="follow") for n in range(MOST_COLUMNS + 1)]
    invoices = [issue_invoice(market, terms_days=n) for n in range(MOST_ROWS + 3)]
    urls = [memo_desk(memos[0]), invoice_desk(invoices[0]), account_desk(market)]
    urls.append(account_desk(market) + "?" + "&".join(f"use={memo.pk}" for memo in memos))
    for url in urls:
        with django_assert_max_num_queries(MAX_QUERIES):
            page = manager.get(url)
        assert len(page.content) < MAX_BYTES
    assert page.content.count(b"data-amount>") == MOST_COLUMNS * MOST_MATRIX_ROWS
    with django_assert_max_num_queries(MAX_QUERIES):
        send(manager, urls[0], "live", **seen(memos[0], *invoices[:40]), **{box(memos[0], invoices[0]): "1.00"})
    admin = client_of(market.people["company_admin"])
    with django_assert_max_num_queries(MAX_QUERIES):
        admin.get(urls[0])


def test_quantities_of_the_plan_are_exact(market: Market, manager: Client) -> None:
    """What fill shows, applied, leaves exactly what the planner promised."""
    invoices = [issue_invoice(market, charge(price)) for price in ("0.01", "33.33", "7.77")]
    memo = issue_memo(market, "20.00", use="follow")
    page = send(manager, memo_desk(memo), "fill", **seen(memo, *invoices))
    typed = {box(memo, row): value_of(page, box(memo, row)) for row in invoices}
    send(manager, memo_desk(memo), **seen(memo, *invoices), **{name: value for name, value in typed.items() if value})
    typed_sum = sum(Decimal(value or 0) for value in typed.values())
    assert (typed_sum, sum(amount for _memo, _invoice, amount in used())) == (Decimal("20.00"), 2000)
