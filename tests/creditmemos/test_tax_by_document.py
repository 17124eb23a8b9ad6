"""Credit of an invoice that is taxed by document: cumulative for each of its rates, shared over the memo's lines."""

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import OverCredit
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.operations.approving import DraftOutdated
from creditmemos.operations.decision_previews import obstacle
from creditmemos.operations.issuing_draft import issue_draft
from creditmemos.queries.composing import compose_from_invoice
from creditmemos.queries.creditable import creditable_lines
from creditmemos.verification import breaches
from invoices.domain.charging import Charge, TaxRate
from invoices.models import Invoice, InvoiceLineTax
from tests.factories.world import NOW, Market, charge, issue_invoice, key
from tests.support.damage import run, unguarded
from tests.support.verbs import refused
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
USUAL, REDUCED = TaxRate("USt.", Decimal("0.19")), TaxRate("USt.", Decimal("0.07"))


@pytest.fixture
def by_document(market: Market) -> Market:
    """The market taxes by document."""
    set_tax_by(market, "document")
    return market


def set_tax_by(market: Market, value: str) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by=value)


def small(count: int, *taxes: TaxRate) -> list[Charge]:
    """Lines of 0.13; their exact tax at 19 % is 2.47 cents each."""
    return [charge("0.13", taxes=taxes or (USUAL,)) for _ in range(count)]


def credit(market: Market, invoice: Invoice, *wanted: InvoiceCredit, use: str = "hold") -> CreditMemo:
    """Issue a memo of these lines, ten minutes after the one before."""
    return operations.issue_from_invoice(
        invoice=invoice,
        lines=wanted,
        details=Details(reason_id=market.reason().pk, use=use),
        actor=market.actor(),
        now=NOW + timedelta(minutes=10 * CreditMemo.objects.count()),
        key=key(),
    )


def ids(invoice: Invoice) -> list[int]:
    return list(invoice.lines.order_by("position").values_list("pk", flat=True))


def credited(invoice: Invoice) -> dict[Decimal, tuple[int, int]]:
    """By rate: the tax credited so far, and the tax of the invoice."""
    found: Counter[Decimal] = Counter()
    whole: Counter[Decimal] = Counter()
    for row in InvoiceLineTax.objects.filter(line__invoice=invoice):
        found[row.rate] += row.credited
        whole[row.rate] += row.amount
    return {rate: (found[rate], amount) for rate, amount in whole.items()}


def test_lines_one_by_one_end_exactly_at_the_invoice(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(4))
    assert (invoice.net, invoice.tax) == (52, 10)
    memos = [credit(by_document, invoice, InvoiceCredit(pk, net=13)) for pk in ids(invoice)]
    assert [(memo.net, memo.tax, memo.tax_by) for memo in memos] == [(13, n, "document") for n in (3, 2, 3, 2)]
    assert [row.amount for row in InvoiceLineTax.objects.filter(line__invoice=invoice)] == [3, 3, 2, 2]
    assert [row.credited for row in InvoiceLineTax.objects.filter(line__invoice=invoice)] == [3, 2, 3, 2]


def test_the_lines_of_one_memo_share_its_tax(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(250))
    first = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in ids(invoice)[:100]))
    second = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in ids(invoice)[100:]))
    assert (invoice.tax, first.tax, second.tax) == (618, 247, 371)
    assert set(CreditMemoLineTax.objects.values_list("amount", flat=True)) == {2, 3}


def test_rates_are_worked_out_apart(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(3), *small(3, REDUCED))
    memo = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in ids(invoice)))
    assert memo.tax == invoice.tax == 7 + 3
    assert credited(invoice) == {USUAL.rate: (7, 7), REDUCED.rate: (3, 3)}


def test_by_quantity_takes_the_rates_tax(by_document: Market) -> None:
    invoice = issue_invoice(by_document, charge("0.13", quantity="3", taxes=(USUAL,)), *small(1))
    first, _second = ids(invoice)
    memos = [credit(by_document, invoice, InvoiceCredit(first, quantity=Decimal(1))) for _unit in range(3)]
    assert [(memo.net, memo.tax) for memo in memos] == [(13, 3), (13, 2), (13, 3)]


def test_tax_only_is_within_what_is_left_of_the_rate(by_document: Market) -> None:
    """The line's own tax is 0.03 or 0.02, and 0.10 of the rate are on the invoice."""
    invoice = issue_invoice(by_document, *small(4))
    first, second, third, fourth = ids(invoice)
    memo = credit(by_document, invoice, InvoiceCredit(first, tax_only=6))
    assert (memo.net, memo.tax) == (0, 6)
    with refused(OverCredit, field=f"line-{second}"):
        credit(by_document, invoice, InvoiceCredit(second, tax_only=5))
    both = credit(by_document, invoice, InvoiceCredit(second, tax_only=1), InvoiceCredit(third, net=13))
    assert (both.net, both.tax) == (13, 1)
    last = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in (first, second, fourth)))
    assert (last.net, last.tax) == (39, 3)
    assert credited(invoice) == {USUAL.rate: (10, 10)}


def test_net_comes_before_tax_only_in_one_memo(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(4))
    first, *others = ids(invoice)
    with refused(OverCredit, field=f"line-{first}"):
        credit(by_document, invoice, InvoiceCredit(first, tax_only=4), *(InvoiceCredit(pk, net=13) for pk in others))
    memo = credit(by_document, invoice, InvoiceCredit(first, tax_only=2), *(InvoiceCredit(pk, net=13) for pk in others))
    assert memo.tax == 10


def test_a_void_gives_the_rates_room_back(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(4))
    memo = credit(by_document, invoice, InvoiceCredit(ids(invoice)[0], tax_only=10))
    assert [room.tax for room in creditable_lines(invoice)] == [0, 0, 0, 0]
    operations.void(memo=memo, reason="Wrong", actor=by_document.actor(), now=NOW + timedelta(hours=1))
    assert [room.tax for room in creditable_lines(invoice)] == [3, 3, 2, 2]
    assert {sum(room.taxes) for room in creditable_lines(invoice)} == {10}


def test_the_rooms_of_all_lines_are_the_invoices(by_document: Market) -> None:
    invoice = issue_invoice(by_document, *small(5))
    credit(by_document, invoice, InvoiceCredit(ids(invoice)[0], net=13))
    rooms = creditable_lines(invoice)
    assert [room.net for room in rooms] == [0, 13, 13, 13, 13]
    assert [room.tax for room in rooms] == [0, 3, 3, 2, 2]
    assert sum(room.gross for room in rooms) == 52 + 10


def test_an_old_invoice_stays_by_line_and_a_new_setting_changes_no_credit(market: Market) -> None:
    old = issue_invoice(market, *small(4))
    set_tax_by(market, "document")
    new = issue_invoice(market, *small(4))
    set_tax_by(market, "line")
    wanted = [[InvoiceCredit(pk, net=13) for pk in ids(invoice)] for invoice in (old, new)]
    assert [(memo.tax, memo.tax_by) for memo in (credit(market, old, *wanted[0]), credit(market, new, *wanted[1]))] == [
        (8, "line"), (10, "document"),
    ]  # fmt: skip


def test_an_ad_hoc_memo_rounds_each_tax_once(by_document: Market) -> None:
    memo = operations.issue_ad_hoc(
        account=by_document.account(),
        beneficiary=by_document.acme,
        charges=small(250),
        details=Details(reason_id=by_document.reason().pk, use="hold"),
        actor=by_document.actor(),
        now=NOW,
        key=key(),
    )
    assert (memo.net, memo.tax, memo.tax_by) == (3250, 618, "document")


class TestApproval:
    def waiting(self, market: Market, invoice: Invoice | None = None) -> tuple[CreditMemo, Approval]:
        """A memo of three small lines that waits for a second person."""
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=0)
        if invoice:
            memo = credit(market, invoice, *(InvoiceCredit(pk, net=13) for pk in ids(invoice)[:3]))
        else:
            memo = operations.issue_ad_hoc(
                account=market.account(), beneficiary=market.acme, charges=small(3),
                details=Details(reason_id=market.reason().pk), actor=market.actor(), now=NOW, key=key(),
            )  # fmt: skip
        return memo, Approval.objects.get(object_id=memo.pk)

    def test_credit_of_another_line_of_the_rate_makes_a_draft_outdated(self, by_document: Market) -> None:
        invoice = issue_invoice(by_document, *small(4))
        memo, approval = self.waiting(by_document, invoice)
        assert memo.tax == 8
        MarketplaceSettings.objects.update(approval_threshold=None)
        credit(by_document, invoice, InvoiceCredit(ids(invoice)[3], net=13))
        memo.refresh_from_db()
        second = by_document.actor("finance")
        seen = obstacle(approval=approval, memo=memo, actor=second, now=NOW)
        assert isinstance(seen, DraftOutdated)
        assert seen.message.replace("\u00a0", " ").startswith(
            "The figures have changed since the request: €0.47 then, €0.46 now."
        )
        with refused(DraftOutdated):
            operations.approve(approval=approval, actor=second, now=NOW + timedelta(hours=1))

    @pytest.mark.parametrize(("before", "after"), [("line", "document"), ("document", "line")])
    def test_another_way_of_rounding_makes_a_draft_of_its_own_lines_outdated(
        self, market: Market, before: str, after: str
    ) -> None:
        set_tax_by(market, before)
        memo, approval = self.waiting(market)
        set_tax_by(market, after)
        memo = CreditMemo.objects.get(pk=memo.pk)
        second = market.actor("finance")
        assert isinstance(obstacle(approval=approval, memo=memo, actor=second, now=NOW), DraftOutdated)
        with refused(DraftOutdated):
            operations.approve(approval=approval, actor=second, now=NOW + timedelta(hours=1))

    def test_sent_again_it_is_taxed_as_the_marketplace_says_by_then(self, market: Market) -> None:
        memo, approval = self.waiting(market)
        operations.withdraw(approval=approval, actor=market.actor(), now=NOW)
        set_tax_by(market, "document")
        MarketplaceSettings.objects.update(approval_threshold=None)
        again = operations.resubmit(
            memo=memo, lines=small(3), details=Details(reason_id=market.reason().pk), actor=market.actor(), now=NOW,
            key=key(),
        )  # fmt: skip
        assert (memo.tax, again.tax, again.tax_by, again.status) == (6, 7, "document", "unapplied")

    def test_the_other_way_of_rounding_with_the_same_figures_is_fine(self, market: Market) -> None:
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=0)
        memo = operations.issue_ad_hoc(
            account=market.account(), beneficiary=market.acme, charges=[charge("100.00")],
            details=Details(reason_id=market.reason().pk), actor=market.actor(), now=NOW, key=key(),
        )  # fmt: skip
        set_tax_by(market, "document")
        approval = Approval.objects.get(object_id=memo.pk)
        assert operations.approve(approval=approval, actor=market.actor("finance"), now=NOW).tax == 2000


class TestPages:
    def test_the_live_figures_are_those_of_the_memo(self, by_document: Market, manager: Client) -> None:
        invoice = issue_invoice(by_document, *small(3))
        page = reverse("creditmemos:create_from_invoice", args=[invoice.pk])
        sent = {f"line-{pk}": "0.13" for pk in ids(invoice)[:2]} | {f"by-{pk}": "amount" for pk in ids(invoice)}
        answer = manager.post(page, {**sent, "go": "live", "use": "hold"}).content.decode()
        assert answer.count("0.05") + answer.count("0.31") >= 2
        [first, second] = compose_from_invoice(invoice, [InvoiceCredit(pk, net=13) for pk in ids(invoice)[:2]])
        assert (first.tax, second.tax) == (3, 2)

    def test_tax_only_over_the_rates_room_is_refused_beside_its_line(
        self, by_document: Market, manager: Client
    ) -> None:
        invoice = issue_invoice(by_document, *small(3))
        first, second, third = ids(invoice)
        sent = {f"line-{first}": "0.13", f"by-{first}": "amount", f"line-{second}": "0.13", f"by-{second}": "amount",
                f"line-{third}": "0.03", f"by-{third}": "tax_only"}  # fmt: skip
        page = reverse("creditmemos:create_from_invoice", args=[invoice.pk])
        answer = manager.post(page, {**sent, "go": "live", "use": "hold"}).content.decode().replace("\u00a0", " ")
        assert "Only €0.02" in answer


@pytest.mark.damage
def test_the_database_refuses_more_than_the_rates_tax(by_document: Market) -> None:
    """A line's own tax may be exceeded; the rate's on the invoice may not."""
    invoice = issue_invoice(by_document, *small(4))
    memo = credit(by_document, invoice, InvoiceCredit(ids(invoice)[0], tax_only=10))
    row = CreditMemoLineTax.objects.get(line__memo=memo)
    assert (row.amount, InvoiceLineTax.objects.get(credited_by=row).amount) == (10, 3)
    waiting, _approval = TestApproval().waiting(by_document, issue_invoice(by_document, *small(4)))
    line = waiting.lines.order_by("position")[0]
    CreditMemoLineTax.objects.filter(line=line).update(amount=F("amount") + 3)
    CreditMemoLine.objects.filter(pk=line.pk).update(tax=F("tax") + 3)
    CreditMemo.objects.filter(pk=waiting.pk).update(tax=F("tax") + 3, total=F("total") + 3)
    waiting = CreditMemo.objects.get(pk=waiting.pk)
    with pytest.raises(IntegrityError, match="i9_tax_not_over_credited"), transaction.atomic():
        issue_draft(waiting, waiting.marketplace.settings, actor=by_document.actor("finance"), now=NOW)


class TestExplain:
    def told(self, client: Client, memo: CreditMemo) -> str:
        """The page's text in one line."""
        page: Any = client.get(reverse("creditmemos:explain", args=[memo.pk]))
        text = re.sub(r"<[^>]*>", " ", re.sub(r"</?(?:span|time)[^>]*>", "", page.content.decode()))
        return re.sub(r"\s+", " ", text).replace("\u00a0", " ")

    def test_the_rates_tax_is_told_with_the_lines_share(self, by_document: Market, manager: Client) -> None:
        invoice = issue_invoice(by_document, *small(250))
        pks = ids(invoice)
        alone = credit(by_document, invoice, InvoiceCredit(pks[0], net=13))
        some = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in pks[1:100]))
        rest = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in pks[100:]))
        assert "USt. 19 % €6.18 × €0.13 ÷ €32.50 €0.02" in self.told(manager, alone)
        text = "€6.18 × (€0.13 + €12.87) ÷ €32.50 − €0.02 = €2.45 for 99 lines, shared by their net"
        assert f"USt. 19 % {text} €0.03" in self.told(manager, some)
        assert "USt. 19 % €6.18 − €2.47 = €3.71 for 150 lines, shared by their net €0.03" in self.told(manager, rest)
        assert "each tax once per rate" in self.told(manager, rest)
        assert "as stored" not in self.told(manager, rest) + self.told(manager, some)

    def test_an_ad_hoc_memos_tax(self, by_document: Market, manager: Client) -> None:
        memo = operations.issue_ad_hoc(
            account=by_document.account(), beneficiary=by_document.acme, charges=small(3),
            details=Details(reason_id=by_document.reason().pk, use="hold"), actor=by_document.actor(), now=NOW, key=key(),
        )  # fmt: skip
        assert "USt. 19 % €0.39 × 19 % = €0.07 for 3 lines, shared by their net €0.03" in self.told(manager, memo)

    def test_a_vendor_reads_no_sums_of_others(self, by_document: Market) -> None:
        lines = [charge("0.13", taxes=(USUAL,), vendor_id=by_document.vendor.pk), *small(9)]
        invoice = issue_invoice(by_document, *lines)
        memo = credit(by_document, invoice, *(InvoiceCredit(pk, net=13) for pk in ids(invoice)))
        text = self.told(client_of(by_document.people["developer"]), memo)
        assert "USt. 19 % its share of this tax on all lines at the rate €0.03" in text
        assert "€0.25" not in text


def settle() -> None:
    """Let what PostgreSQL looks at by the end of the transaction be looked at now: tables can't be altered before."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.damage
class TestVerifyBooks:
    def test_an_invoice_or_memo_with_other_roundings_is_found(self, market: Market) -> None:
        invoice = issue_invoice(market, *small(4))
        memo = operations.issue_ad_hoc(
            account=market.account(), beneficiary=market.acme, charges=small(4),
            details=Details(reason_id=market.reason().pk, use="hold"), actor=market.actor(), now=NOW, key=key(),
        )  # fmt: skip
        assert breaches() == []
        settle()
        with unguarded("invoices_invoice", "creditmemos_creditmemo"):
            run(
                "UPDATE invoices_invoice SET tax_by = 'document'",
                "UPDATE creditmemos_creditmemo SET tax_by = 'document'",
            )
        says = "taxed by document, its tax is not one rounding of the rate's sum"
        found = breaches()
        assert [(each.invariant, each.says, each.what) for each in found] == [
            ("I10", says, "memo and tax"), ("I10", says, "invoice and tax"),
        ]  # fmt: skip
        assert [each.ids[0].split(" ", 1)[0] for each in found] == [str(memo.pk), str(invoice.pk)]

    def test_more_than_the_rates_tax_is_found(self, by_document: Market) -> None:
        invoice = issue_invoice(by_document, *small(4))
        credit(by_document, invoice, InvoiceCredit(ids(invoice)[0], tax_only=10))
        assert breaches() == []
        settle()
        with unguarded("invoices_invoice", "invoices_invoicelinetax"):
            run("UPDATE invoices_invoicelinetax SET credited = 1 WHERE credited = 0")
        assert {(each.invariant, each.what) for each in breaches()} == {
            ("I9", "invoice tax"),
            ("I9", "invoice and tax"),
        }
