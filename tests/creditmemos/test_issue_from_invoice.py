"""Credit an invoice: by amount, by quantity or tax only, never more than the line, exact in any sequence."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import OwnCompany
from companies.models import MarketplaceSettings
from core.actors import pipeline
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import InvoiceNotCreditable, NotUnpaid, OverCredit, PipelineV1
from creditmemos.models import CreditMemo
from creditmemos.queries.sources import Source, sources_of
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, VAT, Market, apply, charge, issue_invoice, issue_memo, key, make_market
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused, set_threshold

CITY = TaxRate("City tax", Decimal("0.055"))


def credit(
    market: Market, invoice: Invoice, *wanted: Mapping[str, object], person: str = "manager", **changes: object
) -> CreditMemo:
    """Credit the invoice's lines in their order, a dict of ways for each (an empty one leaves its line out)."""
    lines = [
        InvoiceCredit(line.pk, **ways)  # type: ignore[arg-type]
        for line, ways in zip(invoice.lines.order_by("position"), wanted, strict=False)
        if ways
    ]
    details = {"reason_id": market.reason().pk, "use": "hold"}
    details |= {name: changes.pop(name) for name in list(changes) if name in Details.__dataclass_fields__}
    arguments = {"invoice": invoice, "lines": lines, "actor": market.actor(person), "now": NOW, "key": key(), **changes}
    return operations.issue_from_invoice(details=Details(**details), **arguments)  # type: ignore[arg-type]


def line_field(invoice: Invoice, position: int = 1) -> str:
    return f"line-{invoice.lines.get(position=position).pk}"


def figures(memo: CreditMemo) -> tuple[int, int]:
    return (memo.net, memo.tax)


def test_a_part_of_a_line_becomes_credit(market: Market) -> None:
    invoice = issue_invoice(market, billed_user=market.user("user"))
    memo = credit(market, invoice, {"net": 4000}, reason_note="Fewer seats")
    memo.refresh_from_db()

    assert (memo.number, memo.status, memo.source) == ("CM-2026-00001", "unapplied", "from_invoice")
    assert (memo.net, memo.tax, memo.total, memo.balance) == (4000, 800, 4800, 4800)
    assert (memo.source_invoice, memo.billed_user, memo.beneficiary) == (invoice, market.user("user"), market.acme)
    [line] = memo.lines.all()
    assert (line.description, line.product_name, line.quantity, line.unit_price, line.by) == (
        "Seats", "Mail Suite", Decimal(1), Decimal(40), "amount"
    )  # fmt: skip
    assert sources_of([memo.pk])[memo.pk] == [Source(invoice.pk, "INV-2026-00001", date(2026, 5, 18))]
    room = invoice.lines.get()
    assert (room.credited_net, room.taxes.get().credited) == (4000, 800)
    invoice.refresh_from_db()
    assert (invoice.credited, invoice.amount_due) == (0, 12000)


def test_it_takes_back_revenue_and_tax(market: Market) -> None:
    memo = credit(market, issue_invoice(market), {"net": 4000}, reason_note="Fewer seats")
    assert posted("creditmemo.issue") == [[("revenue", 4000), ("tax_payable", 800), ("customer_credit", -4800)]]
    assert [(row.memo_id, row.detail) for row in entries("creditmemo.issue")] == [
        (None, ""),
        (None, "VAT"),
        (memo.pk, ""),
    ]
    assert noted("credit_memo.issued").note == "Fewer seats"
    assert published("credit_memo.issued") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_a_repeat_gives_the_same_memo_and_another_body_is_refused(market: Market) -> None:
    invoice = issue_invoice(market)
    first = credit(market, invoice, {"net": 1000}, key="once")
    assert credit(market, invoice, {"net": 1000}, key="once") == first
    for ways, changes in (
        ({"net": 1001}, {}),
        ({"net": 1000}, {"use": "follow"}),
        ({"net": 1000}, {"source": "refund"}),
    ):
        with refused(DuplicateRequest):
            credit(market, invoice, ways, key="once", **changes)
    assert CreditMemo.objects.count() == 1


# --- exact in any sequence --------------------------------------------------------------------------------------------


def test_thirds_of_a_taxed_line_end_exactly(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"))
    parts = [figures(credit(market, invoice, {"net": net})) for net in (333, 333, 334)]
    assert parts == [(333, 67), (333, 66), (334, 67)]
    with refused(OverCredit, field=line_field(invoice)) as caught:
        credit(market, invoice, {"net": 1})
    assert caught.value.message == "Only €0.00 net of this line can still be credited."


def test_thirds_by_quantity_end_exactly(market: Market) -> None:
    invoice = issue_invoice(market, charge("3.3333", quantity="3"))  # 10.00 + 2.00
    parts = [credit(market, invoice, {"quantity": Decimal(1)}) for _ in range(3)]
    assert [figures(part) for part in parts] == [(333, 67), (334, 66), (333, 67)]
    line = parts[0].lines.get()
    assert (line.by, line.quantity, line.unit_price) == ("quantity", Decimal(1), Decimal("3.3333"))
    with refused(OverCredit, field=line_field(invoice)) as caught:
        credit(market, invoice, {"quantity": Decimal("0.5")})
    assert caught.value.message == "Only 0 units of this line can still be credited."


def test_units_after_an_amount_take_what_units_would_take(market: Market) -> None:
    invoice = issue_invoice(market, charge("2.50", quantity="4"))  # 10.00 + 2.00
    credit(market, invoice, {"net": 600})
    assert figures(credit(market, invoice, {"quantity": Decimal(1)})) == (250, 50)
    with refused(OverCredit, field=line_field(invoice)) as caught:
        credit(market, invoice, {"quantity": Decimal(1)})
    assert caught.value.message == "Only 0.6 units of this line can still be credited."
    assert figures(credit(market, invoice, {"net": 150})) == (150, 30)


def test_tax_only_leaves_the_net_and_later_credit_catches_up(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"))
    memo = credit(market, invoice, {"tax_only": 150})
    assert (memo.net, memo.tax, memo.lines.get().by) == (0, 150, "tax_only")
    assert posted("creditmemo.issue") == [[("tax_payable", 150), ("customer_credit", -150)]]
    assert figures(credit(market, invoice, {"net": 500})) == (500, 0)
    assert figures(credit(market, invoice, {"net": 400})) == (400, 30)
    with refused(OverCredit, field=line_field(invoice)):
        credit(market, invoice, {"tax_only": 21})
    assert figures(credit(market, invoice, {"net": 100})) == (100, 20)


def test_each_tax_of_a_line_ends_exactly(market: Market) -> None:
    invoice = issue_invoice(market, charge("33.33", taxes=(VAT, CITY), discount=333))  # 30.00, 6.00 and 1.65
    memos = [credit(market, invoice, {"net": 1000}) for _ in range(3)]
    taxes = [[tax.amount for tax in memo.lines.get().taxes.all()] for memo in memos]
    assert taxes == [[200, 55], [200, 55], [200, 55]]
    line = invoice.lines.get()
    assert (line.net, line.credited_net) == (3000, 3000)
    assert [(tax.amount, tax.credited) for tax in line.taxes.all()] == [(600, 600), (165, 165)]


def test_tax_only_is_shared_over_the_taxes_that_are_left(market: Market) -> None:
    invoice = issue_invoice(market, charge("30.00", taxes=(VAT, CITY)))
    memo = credit(market, invoice, {"tax_only": 765})
    assert [tax.amount for tax in memo.lines.get().taxes.all()] == [600, 165]


def test_a_discount_is_inside_the_net(market: Market) -> None:
    invoice = issue_invoice(market, charge("100.00", discount=2500))
    with refused(OverCredit, field=line_field(invoice)) as caught:
        credit(market, invoice, {"net": 7501})
    assert caught.value.message == "Only €75.00 net of this line can still be credited."
    assert figures(credit(market, invoice, {"net": 7500})) == (7500, 1500)


def test_several_lines_in_their_own_ways(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("2.00", quantity="5"), charge("8.00"), charge("4.00"))
    memo = credit(market, invoice, {"net": 500}, {"quantity": Decimal(2)}, {"tax_only": 160}, {})
    assert [(line.by, line.net, line.tax) for line in memo.lines.all()] == [
        ("amount", 500, 100), ("quantity", 400, 80), ("tax_only", 0, 160)
    ]  # fmt: skip
    assert memo.total == 1240


def test_a_voided_memo_gives_the_room_back(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = credit(market, invoice, {"quantity": Decimal(1)})
    assert figures(memo) == (10000, 2000)
    operations.void(memo=memo, reason="Wrong invoice", actor=market.actor(), now=NOW)
    assert figures(credit(market, invoice, {"quantity": Decimal(1)})) == (10000, 2000)


def test_a_draft_takes_no_room(market: Market) -> None:
    invoice = issue_invoice(market)
    set_threshold(market, 0)
    assert credit(market, invoice, {"net": 10000}).status == "awaiting_approval"
    set_threshold(market, None)
    assert figures(credit(market, invoice, {"net": 10000})) == (10000, 2000)


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1000"), ("EUR", "10.00"), ("KWD", "1.000")])
def test_thirds_are_the_same_in_every_currency(db: None, currency: str, price: str) -> None:
    market = make_market(currency=currency)
    invoice = issue_invoice(market, charge(price))
    parts = [figures(credit(market, invoice, {"net": net})) for net in (333, 333, 334)]
    assert parts == [(333, 67), (333, 66), (334, 67)]


# --- wrong amounts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ways", [{"net": 0}, {"net": -1}, {"net": 10001}, {"quantity": Decimal(0)}, {"quantity": Decimal(-1)},
             {"quantity": Decimal("1.000001")}, {"tax_only": 0}, {"tax_only": -5}, {"tax_only": 2001}],
)  # fmt: skip
def test_nothing_and_more_than_the_line_are_refused(market: Market, ways: dict[str, object]) -> None:
    invoice = issue_invoice(market)
    with refused(OverCredit, field=line_field(invoice)):
        credit(market, invoice, ways)


@pytest.mark.parametrize("ways", [{"net": 100, "tax_only": 20}, {"net": 100, "quantity": Decimal(1)}])
def test_a_line_is_credited_in_one_way(market: Market, ways: dict[str, object]) -> None:
    invoice = issue_invoice(market)
    with refused(InvalidInput, field=line_field(invoice)):
        credit(market, invoice, ways)


def test_each_line_once_and_only_lines_of_this_invoice(market: Market) -> None:
    invoice, other = issue_invoice(market), issue_invoice(market)
    line = InvoiceCredit(invoice.lines.get().pk, net=100)
    for lines in ([line, line], [InvoiceCredit(other.lines.get().pk, net=100)], []):
        with refused(InvalidInput, field="lines"):
            credit(market, invoice, lines=lines)


# --- which invoices ---------------------------------------------------------------------------------------------------


def test_apply_now_uses_the_credit_on_its_invoice(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = credit(market, invoice, {"net": 4000}, use="apply_now")
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.status, memo.balance, memo.on_hold) == ("fully_applied", 0, False)
    assert (invoice.amount_due, invoice.credited, invoice.status) == (7200, 4800, "unpaid")
    assert posted("creditmemo.apply") == [[("customer_credit", 4800), ("receivable", -4800)]]
    assert published("credit_memo.applied")[0]["invoice_ids"] == [invoice.pk]


def test_what_the_invoice_does_not_need_stays_as_credit(market: Market) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market), invoice, 5000)
    memo = credit(market, invoice, {"net": 10000}, use="apply_now")
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.status, memo.applied, memo.balance) == ("partially_applied", 7000, 5000)
    assert (invoice.status, invoice.amount_due, invoice.credited) == ("paid", 0, 12000)


def test_credit_falls_on_the_places_that_it_undoes(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00"))
    memo = credit(market, invoice, {}, {"net": 500}, use="apply_now")
    application = memo.applications.get()
    second = invoice.lines.get(position=2)
    parts = application.invoice_parts.order_by("pk").values_list("line_id", "tax__name", "amount")
    assert list(parts) == [(second.pk, None, 500), (second.pk, "VAT", 100)]


def test_a_paid_invoice_may_be_credited_where_the_marketplace_says_so(market: Market) -> None:
    invoice = pay(market, issue_invoice(market), 12000)
    assert figures(credit(market, invoice, {"net": 5000}, use="follow")) == (5000, 1000)
    with refused(NotUnpaid, field="use"):
        credit(market, invoice, {"net": 100}, use="apply_now")
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(credit_paid_invoices=False)
    with refused(InvoiceNotCreditable) as caught:
        credit(market, invoice, {"net": 100})
    assert caught.value.message == "INV-2026-00001 is paid and can't be credited."


def test_a_part_paid_invoice_may_be_credited_whole(market: Market) -> None:
    invoice = pay(market, issue_invoice(market), 5000)
    memo = credit(market, invoice, {"net": 10000}, use="apply_now")
    memo.refresh_from_db()
    assert (memo.total, memo.applied, memo.balance) == (12000, 7000, 5000)


def test_pending_and_void_invoices_are_not_credited(market: Market) -> None:
    pending, void = issue_invoice(market), issue_invoice(market)
    make_pending(market, pending)
    void_invoice(invoice=void, reason="Mistake", actor=market.actor(), now=NOW)
    for invoice in (pending, void):
        with refused(InvoiceNotCreditable):
            credit(market, invoice, {"net": 100})


# --- days -------------------------------------------------------------------------------------------------------------


def test_the_effective_date_lies_between_the_invoice_and_today(market: Market) -> None:
    invoice = issue_invoice(market, now=NOW - timedelta(days=10))
    for day in (date(2026, 5, 7), TODAY + timedelta(days=1)):
        with refused(InvalidInput, field="effective_date"):
            credit(market, invoice, {"net": 100}, effective_date=day)
    memo = credit(market, invoice, {"net": 100}, effective_date=date(2026, 5, 8))
    assert (memo.effective_date, memo.issue_date) == (date(2026, 5, 8), TODAY)


def test_the_effective_date_is_in_an_open_period_and_the_posting_today(market: Market) -> None:
    invoice = issue_invoice(market, now=NOW - timedelta(days=40))
    market.merchant.closed_through = date(2026, 4, 30)
    market.merchant.save()
    with refused(InvalidInput, field="effective_date"):
        credit(market, invoice, {"net": 100}, effective_date=date(2026, 4, 30))
    credit(market, invoice, {"net": 100})
    assert {row.posting_date for row in entries("creditmemo.issue")} == {TODAY}


# --- whose ------------------------------------------------------------------------------------------------------------


def test_the_credit_goes_to_whoever_owed_the_invoice(market: Market) -> None:
    invoice = issue_invoice(market, company=market.client)
    market.client.reseller = None
    market.client.save()
    memo = credit(market, invoice, {"net": 100})
    assert (memo.payer, memo.beneficiary, memo.account) == (market.reseller, market.client, invoice.account)


def test_an_invoice_of_another_marketplace_is_not_there(market: Market, south: Market) -> None:
    invoice = issue_invoice(south)
    with refused(Missing):
        credit(market, invoice, {"net": 100})


def test_nobody_credits_an_invoice_of_their_own_company(market: Market) -> None:
    invoice = issue_invoice(market)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        credit(market, invoice, {"net": 100})
    memo = credit(market, invoice, {"net": 100}, actor=pipeline(market.marketplace.pk), source="automatic")
    assert (memo.source, memo.created_by) == ("automatic", None)


def test_a_v1_marketplace_carries_credit_on_its_invoices(market: Market) -> None:
    invoice = issue_invoice(market)
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    with refused(PipelineV1):
        credit(market, invoice, {"net": 100})


def test_the_threshold_counts_the_tax(market: Market) -> None:
    invoice = issue_invoice(market)
    set_threshold(market, 6000)
    assert credit(market, invoice, {"net": 5000}, person="finance").status == "unapplied"
    memo = credit(
        market,
        invoice,
        {
            "net": 5000,
        },
        use="apply_now",
        person="finance",
    )
    assert (memo.status, memo.number) == ("awaiting_approval", None)
    assert Approval.objects.get().snapshot == {
        "status": "awaiting_approval", "total": 6000, "balance": 0, "applied": 0, "invoice_status": "unpaid",
        "invoice_due": 12000,
    }  # fmt: skip
    invoice.refresh_from_db()
    assert invoice.amount_due == 12000
