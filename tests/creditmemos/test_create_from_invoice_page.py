"""Credit lines of an invoice in the form: what it shows, what it reads, and that the preview equals the result."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Grant
from core.models import AuditEntry, IdempotencyRecord
from creditmemos.domain.drafting import InvoiceCredit
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.queries.composing import compose_from_invoice
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, make_market
from tests.support.amounts import READ, REFUSED, REFUSED_IN_DINARS, REFUSED_IN_YEN
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
MAX_QUERIES, MAX_BYTES = 12, 100_000


def url(invoice: Invoice) -> str:
    return reverse("creditmemos:create_from_invoice", args=[invoice.pk])


def send(client: Client, invoice: Invoice, market: Market, **fields: Any) -> Any:
    base = {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold"}
    return client.post(url(invoice), base | fields)


def line(invoice: Invoice, at: int = 0) -> int:
    return list(invoice.lines.order_by("position").values_list("pk", flat=True))[at]


def text(answer: Any) -> str:
    found = re.sub(r"</?(?:span|time)[^>]*>", "", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found)).replace("&#x27;", "'").replace("\u00a0", " ")


def figures(memo: CreditMemo) -> list[tuple[str, Decimal, int, int]]:
    return list(memo.lines.order_by("position").values_list("by", "quantity", "net", "tax"))


def test_page_says_invoiced_credited_and_creditable(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    credit_invoice(market, invoice, 30_00)
    page = text(manager.get(url(invoice)))
    assert "Credit INV-2026-00001" in page
    assert "Seats €120.00 1 × €100.00 €36.00 €84.00" in page
    assert "Remaining: €70.00 net or 0.7 units or €14.00 of tax" in page
    assert "Total €120.00 €36.00 €84.00" in page
    assert "Due €120.00" in page


def test_credit_by_net_amount(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    answer = send(manager, invoice, market, **{f"line-{line(invoice)}": "33.33"})
    memo = CreditMemo.objects.get()
    assert answer["Location"] == f"/credit-memos/{memo.pk}/"
    assert figures(memo) == [("amount", Decimal(1), 33_33, 6_67)]
    assert (memo.total, memo.status, memo.on_hold, memo.source_invoice) == (40_00, "unapplied", True, invoice)
    assert "CM-2026-00001 for €40.00 has been issued." in text(manager.get(answer["Location"]))


def test_credit_by_units(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("3.335", quantity="3"))
    pk = line(invoice)
    assert send(manager, invoice, market, **{f"line-{pk}": "1", f"by-{pk}": "quantity"}).status_code == 302
    assert figures(CreditMemo.objects.get()) == [("quantity", Decimal(1), 3_34, 67)]


def test_credit_of_tax_only(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    pk = line(invoice)
    assert send(manager, invoice, market, **{f"line-{pk}": "5.00", f"by-{pk}": "tax_only"}).status_code == 302
    assert figures(CreditMemo.objects.get()) == [("tax_only", Decimal(1), 0, 5_00)]


def test_all_that_is_left_by_a_tick(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00", product_name="Disk"))
    credit_invoice(market, invoice, 4_00)
    assert send(manager, invoice, market, **{f"whole-{line(invoice)}": "on"}).status_code == 302
    assert figures(CreditMemo.objects.latest("pk")) == [("amount", Decimal(1), 6_00, 1_20)]
    assert send(manager, invoice, market, **{f"group-{line(invoice, 1)}": "on"}).status_code == 302
    assert figures(CreditMemo.objects.latest("pk")) == [("amount", Decimal(1), 20_00, 4_00)]


def test_amount_for_a_group_is_shared_by_room(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00"), charge("5.00", product_name="Disk"))
    assert send(manager, invoice, market, **{f"leaf-{line(invoice)}": "10.00"}).status_code == 302
    assert [row[2] for row in figures(CreditMemo.objects.get())] == [3_33, 6_67]


def test_amount_for_a_group_and_its_lines_is_refused(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00"))
    pk = line(invoice)
    page = send(manager, invoice, market, **{f"leaf-{pk}": "10.00", f"line-{pk}": "1.00"})
    assert page.status_code == 422
    assert "Enter an amount for the group or for its lines, not for both." in text(page)
    over = send(manager, invoice, market, **{f"leaf-{pk}": "30.01"})
    assert "Enter at most €30.00." in text(over)
    assert CreditMemo.objects.count() == 0


def test_lines_stay_flat_where_grouping_is_off(market: Market, manager: Client) -> None:
    market.marketplace.settings.grouped_creation = False
    market.marketplace.settings.save()
    invoice = issue_invoice(market, charge("10.00"), charge("20.00"))
    page = manager.get(url(invoice)).content.decode()
    assert 'name="group-' not in page
    assert 'name="leaf-' not in page
    assert page.count('name="line-') == 2


@pytest.mark.parametrize(
    ("by", "typed"), [("amount", "33.33"), ("quantity", "2"), ("tax_only", "7.01"), ("amount", "100.00")]
)
def test_preview_equals_the_result(market: Market, manager: Client, by: str, typed: str) -> None:
    invoice = issue_invoice(market, charge("33.3333", quantity="3"))
    credit_invoice(market, invoice, 1)
    pk, fields = line(invoice), {"use": "apply_now"}
    fields |= {f"line-{line(invoice)}": typed if typed != "100.00" else "99.99", f"by-{pk}": by}
    with writes() as written:
        live = send(manager, invoice, market, go="live", **fields)
    assert written == []
    total = re.search(r"Total (€[0-9.,]+)", text(live))
    assert send(manager, invoice, market, **fields).status_code == 302
    memo = CreditMemo.objects.latest("pk")
    assert total is not None
    assert total[1] == f"€{memo.total / 100:,.2f}"
    assert memo.total == sum(row.net + row.tax for row in CreditMemoLine.objects.filter(memo=memo))


def test_choice_says_what_is_applied_and_what_stays(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    other = issue_memo(market, "50.00")
    apply(market, other, invoice, 50_00)
    live = send(manager, invoice, market, go="live", use="apply_now", **{f"whole-{line(invoice)}": "on"})
    assert "Apply €70.00 to INV-2026-00001 now; €50.00 remains as credit" in text(live)
    answer = send(manager, invoice, market, use="apply_now", **{f"whole-{line(invoice)}": "on"})
    memo = CreditMemo.objects.latest("pk")
    assert (memo.applied, memo.balance) == (70_00, 50_00)
    assert "€70.00 was applied to INV-2026-00001." in text(manager.get(answer["Location"]))


def test_paid_invoice_offers_hold_and_follow_only(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "120.00"), invoice, 120_00)
    page = manager.get(url(invoice)).content.decode()
    assert re.findall(r'name="use" value="(\w+)"', page) == ["follow", "hold"]
    refused = send(manager, invoice, market, use="apply_now", **{f"whole-{line(invoice)}": "on"})
    assert refused.status_code == 422
    assert send(manager, invoice, market, use="follow", **{f"whole-{line(invoice)}": "on"}).status_code == 302


def test_paid_invoice_where_the_marketplace_forbids_it(market: Market, manager: Client) -> None:
    market.marketplace.settings.credit_paid_invoices = False
    market.marketplace.settings.save()
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "120.00"), invoice, 120_00)
    assert "can't be credited" in text(manager.get(url(invoice)))
    assert send(manager, invoice, market, **{f"whole-{line(invoice)}": "on"}).status_code == 422
    assert CreditMemo.objects.filter(source="from_invoice").count() == 0


def test_above_the_threshold_a_second_person_is_announced_and_asked(market: Market, manager: Client) -> None:
    market.marketplace.settings.approval_threshold = 59_99
    market.marketplace.settings.save()
    invoice = issue_invoice(market)
    fields = {f"line-{line(invoice)}": "50.00"}
    live = text(send(manager, invoice, market, go="live", **fields))
    assert "will be sent for approval" in live
    assert "Request approval" in live
    answer = send(manager, invoice, market, **fields)
    assert CreditMemo.objects.get().status == "awaiting_approval"
    assert "Credit memo sent for approval." in text(manager.get(answer["Location"]))


def test_other_drafts_on_the_lines_are_shown(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    market.marketplace.settings.approval_threshold = 1
    market.marketplace.settings.save()
    credit_invoice(market, invoice, 20_00, person="finance")
    page = text(manager.get(url(invoice)))
    assert "Another draft credits lines of this invoice." in page
    assert "Draft by Finance North , €24.00" in page


@pytest.mark.parametrize("typed", REFUSED)
@pytest.mark.parametrize("by", ["amount", "tax_only"])
def test_amounts_are_read_strictly(market: Market, manager: Client, by: str, typed: str) -> None:
    invoice = issue_invoice(market)
    pk = line(invoice)
    page = send(manager, invoice, market, **{f"line-{pk}": typed, f"by-{pk}": by})
    assert page.status_code == 422
    assert CreditMemo.objects.count() == 0
    assert f'href="#id_line-{pk}"' in page.content.decode()


@pytest.mark.parametrize("typed", ["-1", "NaN", "1e3", "1_000", "+5", "5.", ".5", "\uff11", "1.1234567", "0", "1,,5"])
def test_units_are_read_strictly(market: Market, manager: Client, typed: str) -> None:
    invoice = issue_invoice(market, charge("10.00", quantity="10"))
    pk = line(invoice)
    assert send(manager, invoice, market, **{f"line-{pk}": typed, f"by-{pk}": "quantity"}).status_code == 422
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize(("typed", "net"), READ.items())
def test_amounts_that_are_read(market: Market, manager: Client, typed: str, net: int) -> None:
    invoice = issue_invoice(market)
    assert send(manager, invoice, market, **{f"line-{line(invoice)}": typed}).status_code == 302
    assert CreditMemo.objects.get().net == net


@pytest.mark.parametrize(
    ("currency", "refused", "typed", "net"),
    [("JPY", REFUSED_IN_YEN, "5", 5), ("KWD", REFUSED_IN_DINARS, "1.234", 1234)],
)
def test_other_exponents(currency: str, refused: tuple[str, ...], typed: str, net: int) -> None:
    market = make_market(currency=currency)
    client, invoice = client_of(market.people["manager"]), issue_invoice(market, charge("100"))
    for each in refused:
        assert send(client, invoice, market, **{f"line-{line(invoice)}": each}).status_code == 422
    assert send(client, invoice, market, **{f"line-{line(invoice)}": typed}).status_code == 302
    assert CreditMemo.objects.get().net == net


def test_nothing_typed_is_lost_on_an_error(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00", product_name="Disk"))
    fields = {f"line-{line(invoice)}": "11.00", f"line-{line(invoice, 1)}": "3.00"}
    page = send(manager, invoice, market, reason="", customer_note="Sorry.", **fields)
    html = page.content.decode()
    assert page.status_code == 422
    assert 'value="11.00"' in html
    assert 'value="3.00"' in html
    assert "Sorry.</textarea>" in html
    assert "Only €10.00 net of this line can still be credited." in text(page)
    assert "Choose a reason." in text(page)


def test_each_way_says_its_room_and_refuses_what_is_beyond_it(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("12.50", quantity="33", taxes=(TaxRate("VAT", Decimal("0.19")),)))
    credit_invoice(market, invoice, 100_00)
    pk, room = line(invoice), "Remaining: €312.50 net or 25 units or €59.38 of tax"
    assert room in text(manager.get(url(invoice)))
    for way, beyond, words in (
        ("amount", "312.51", "Only €312.50 net of this line can still be credited."),
        ("quantity", "25.000001", "Only 25 units of this line can still be credited."),
        ("tax_only", "59.39", "Only €59.38 of this line's tax can still be credited."),
    ):
        page = send(manager, invoice, market, **{f"by-{pk}": way, f"line-{pk}": beyond})
        assert page.status_code == 422
        assert words in text(page)
        assert room in text(page)
    for wish in (
        InvoiceCredit(pk, net=31250),
        InvoiceCredit(pk, quantity=Decimal(25)),
        InvoiceCredit(pk, tax_only=5938),
    ):
        [drafted] = compose_from_invoice(invoice, [wish])
        assert (drafted.net, drafted.tax) in ((31250, 5938), (0, 5938))
    page = send(manager, invoice, market, **{f"by-{pk}": "quantity", f"line-{pk}": "0.0001"})
    assert "This quantity comes to zero" in text(page)
    credit_invoice(market, invoice, 312_50)
    assert "nothing remaining" in text(manager.get(url(invoice)))


def test_nothing_to_credit_is_said(market: Market, manager: Client) -> None:
    page = send(manager, issue_invoice(market), market)
    assert page.status_code == 422
    assert "Credit at least one line." in text(page)


@pytest.mark.parametrize(
    ("day", "says"),
    [("2026-05-01", "before the invoice"), ("2099-01-01", "after today"), ("nonsense", "valid date")],
)
def test_effective_date_is_checked(market: Market, manager: Client, day: str, says: str) -> None:
    invoice = issue_invoice(market)
    page = send(manager, invoice, market, effective_date=day, **{f"line-{line(invoice)}": "1.00"})
    assert page.status_code == 422
    assert says in text(page)


def test_sent_twice_has_one_effect_and_one_answer(market: Market, manager: Client) -> None:
    invoice, token = issue_invoice(market), str(uuid4())
    fields = {f"whole-{line(invoice)}": "on"}
    answers = [send(manager, invoice, market, token=token, **fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert CreditMemo.objects.count() == 1
    assert IdempotencyRecord.objects.filter(key=token).count() == 1, "an act claims its key once"


def test_room_that_somebody_took_is_shown_afresh(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    manager.get(url(invoice))
    credit_invoice(market, invoice, 80_00, person="finance")
    page = send(manager, invoice, market, **{f"line-{line(invoice)}": "50.00"})
    assert page.status_code == 422
    assert "Only €20.00 net of this line can still be credited." in text(page)
    assert 'value="50.00"' in page.content.decode()


def test_fields_that_do_not_belong_are_ignored(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    extra = {"status": "fully_applied", "balance": "0", "marketplace": "2", "number": "1", "created_by": "1"}
    assert send(manager, invoice, market, **{f"line-{line(invoice)}": "5.00"}, **extra).status_code == 302
    memo = CreditMemo.objects.get()
    assert (memo.status, memo.balance, memo.number) == ("unapplied", 6_00, "CM-2026-00001")
    assert memo.created_by == market.user("manager")


def test_lines_and_reasons_of_others_are_not_taken(market: Market, south: Market, manager: Client) -> None:
    invoice, foreign = issue_invoice(market), issue_invoice(south)
    assert send(manager, invoice, market, **{f"line-{line(foreign)}": "5.00"}).status_code == 422
    refused = send(manager, invoice, market, reason=south.reason().pk, **{f"line-{line(invoice)}": "5.00"})
    assert refused.status_code == 422
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize("person", ["support", "developer", "reseller", "company_admin", "billing_admin", "user"])
def test_roles_that_create_nothing(market: Market, person: str) -> None:
    invoice = issue_invoice(market, charge("20.00", vendor_id=market.vendor.pk), billed_user=market.user("user"))
    client = client_of(market.people[person])
    status = 404 if person == "reseller" else 403
    assert client.get(url(invoice)).status_code == status
    assert send(client, invoice, market, **{f"line-{line(invoice)}": "5.00"}).status_code == status
    assert CreditMemo.objects.count() == 0


def test_support_creates_where_it_was_granted(market: Market) -> None:
    invoice = issue_invoice(market)
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.create", granted=True)
    client = client_of(market.people["support"])
    assert send(client, invoice, market, **{f"line-{line(invoice)}": "5.00"}).status_code == 302


def test_nobody_credits_their_own_company(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    assert "a company you belong to" in text(manager.get(url(invoice)))
    assert send(manager, invoice, market, **{f"line-{line(invoice)}": "5.00"}).status_code in (403, 422)
    assert CreditMemo.objects.count() == 0


def test_strangers_find_no_invoice(market: Market, south: Market) -> None:
    invoice = issue_invoice(market)
    client = client_of(south.people["manager"])
    assert client.get(url(invoice)).status_code == 404
    assert send(client, invoice, south, **{f"line-{line(invoice)}": "5.00"}).status_code == 404
    assert Client().get(url(invoice)).status_code == 302


def test_many_lines_come_in_pages_and_lose_nothing(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many = [charge("10.00", description=f"Call {n}", product_name=f"P{n}") for n in range(120)]
    invoice = issue_invoice(market, *many)
    manager.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        first = manager.get(url(invoice))
    assert len(first.content) < MAX_BYTES
    assert "1 of 3" in text(first)
    last, fields = line(invoice, 119), {f"line-{line(invoice)}": "1.00", f"whole-{line(invoice, 1)}": "on"}
    third = send(manager, invoice, market, go="page-3", **fields)
    html = third.content.decode()
    assert third.status_code == 200
    assert f'type="hidden" name="line-{line(invoice)}" value="1.00"' in html
    assert f'type="hidden" name="whole-{line(invoice, 1)}"' in html
    assert f'id="id_line-{last}"' in html
    assert "Choose a reason" not in text(third).split("Lines")[0]
    assert send(manager, invoice, market, **fields, **{f"line-{last}": "2.00"}).status_code == 302
    assert [row[2] for row in figures(CreditMemo.objects.get())] == [1_00, 10_00, 2_00]


def test_stays_within_its_queries_when_sent(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    invoice = issue_invoice(market)
    market.marketplace.settings.approval_threshold = 1
    market.marketplace.settings.save()
    fields = {f"line-{line(invoice)}": "5.00", "go": "live", "reason": market.reason().pk, "use": "hold"}
    manager.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        assert "sent for approval" in text(manager.post(url(invoice), fields))


def test_form_reads_its_lines_as_composing_does(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, now=NOW - timedelta(days=1))
    [expected] = compose_from_invoice(invoice, [InvoiceCredit(line(invoice), net=12_34)])
    assert send(manager, invoice, market, **{f"line-{line(invoice)}": "12.34"}).status_code == 302
    stored = CreditMemo.objects.get().lines.get()
    assert (stored.net, stored.tax, stored.by) == (expected.net, expected.tax, expected.by)
    assert AuditEntry.objects.filter(verb="credit_memo.issued").count() == 1
