"""Divide: an unapplied memo is void, and the same lines are issued as several; what was said of it is kept."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from billing.models import Credit
from billing.operations.voiding import Then, void_memo
from billing.queries.documents import run_of
from companies.domain.refusals import OwnCompany, ReasonMissing
from companies.models import MarketplaceSettings, TaxBy
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.domain.drafting import Details
from creditmemos.domain.refusals import PayoutPending
from creditmemos.mails.divided import tells_of_issue, tells_of_void
from creditmemos.models import CreditMemo
from creditmemos.operations.dividing import NotDividable, OneLine
from creditmemos.operations.guards import alone_so_far
from creditmemos.queries.annotated import annotated_memos
from creditmemos.queries.sources import sources_of
from creditmemos.views.actions import actions_of
from invoices.models import InvoiceLine
from notifications.models import Delivery
from tests.factories.billing import bill, memo_of_two
from tests.factories.companies import MembershipFactory
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, VAT, Market, apply, charge, issue_invoice, issue_memo, key
from tests.support.drafts import waiting_memo
from tests.support.mailed import mail
from tests.support.outbox import drain
from tests.support.verbs import posted, published, refused, set_threshold
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def lines_of(memo: CreditMemo) -> list[int]:
    return list(memo.lines.order_by("position").values_list("pk", flat=True))


def divide(
    market: Market, memo: CreditMemo, groups: Sequence[Sequence[int]] = (), *, person: str = "manager", token: str = "",
    reason: str = " For a payout ",
) -> list[CreditMemo]:  # fmt: skip
    """The first line apart from the others, unless groups are given."""
    first, *rest = lines_of(memo)
    return operations.divide(
        memo=memo, groups=groups or [[first], rest], reason=reason, actor=market.actor(person), now=LATER,
        key=token or key(),
    )  # fmt: skip


def memo_of(market: Market, *prices: str, **details: object) -> CreditMemo:
    """An ad hoc memo with a taxed line for each price."""
    told = {"reason_id": market.reason().pk, "use": "hold", **details}
    return operations.issue_ad_hoc(
        account=market.account(), beneficiary=market.acme,
        charges=[charge(price, taxes=(VAT,), description=f"For {price}") for price in prices or ("50.00", "30.00")],
        details=Details(**told), actor=market.actor(), now=NOW, key=key(),  # type: ignore[arg-type]
    )  # fmt: skip


def of_run(market: Market) -> CreditMemo:
    """A run's memo of two invoices."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    return memo_of_two(market)[2]


def test_the_same_lines_are_issued_again(market: Market) -> None:
    memo = memo_of(
        market, "50.00", "30.00", "20.00", reason_note="Ticket 7", internal_note="Call Ines", customer_note="Sorry",
        effective_date=TODAY - timedelta(days=3),
    )  # fmt: skip
    parts = divide(market, memo)
    memo.refresh_from_db()
    assert (memo.status, memo.balance, memo.voided_at, memo.void_reason) == ("voided", 0, LATER, "For a payout")
    assert [(part.number, part.total, part.balance, part.status) for part in parts] == [
        ("CM-2026-00002", 6000, 6000, "unapplied"), ("CM-2026-00003", 6000, 6000, "unapplied"),
    ]  # fmt: skip
    assert [[line.description for line in part.lines.order_by("position")] for part in parts] == [
        ["For 50.00"], ["For 30.00", "For 20.00"],
    ]  # fmt: skip
    kept = (
        "reason_id", "reason_note", "internal_note", "customer_note", "counts_as", "effective_date", "on_hold", "use",
        "source", "account_id", "beneficiary_id", "billed_user_id", "tax_by",
    )  # fmt: skip
    for part in parts:
        assert [getattr(part, name) for name in kept] == [getattr(memo, name) for name in kept]
        assert (part.divided_from, part.issue_date, part.created_by) == (memo, LATER.date(), market.user("manager"))
        assert part.frozen["payer"]["name"] == market.acme.name


def test_books_evidence_and_events(market: Market) -> None:
    memo = memo_of(market)
    parts = divide(market, memo)
    assert posted("creditmemo.void") == [[("credit_given", -8000), ("tax_payable", -1600), ("customer_credit", 9600)]]
    assert posted("creditmemo.issue")[1:] == [
        [("credit_given", 5000), ("tax_payable", 1000), ("customer_credit", -6000)],
        [("credit_given", 3000), ("tax_payable", 600), ("customer_credit", -3600)],
    ]
    rows = list(AuditEntry.objects.filter(at=LATER).order_by("pk"))
    assert [(row.verb, row.object_id) for row in rows] == [
        ("credit_memo.divided", memo.pk), *(("credit_memo.issued", part.pk) for part in parts)
    ]  # fmt: skip
    assert rows[0].note == "For a payout"
    assert rows[0].after["parts"] == [{"memo_id": part.pk, "amount": part.total} for part in parts]
    assert [row.after["divided_from"] for row in rows[1:]] == [memo.pk, memo.pk]
    account = {"account_id": memo.account_id}
    assert published("credit_memo.divided") == [
        {"memo_id": memo.pk, "memo_ids": [part.pk for part in parts], **account}
    ]
    assert published("credit_memo.voided") == [{"memo_id": memo.pk, **account}]
    assert published("credit_memo.issued")[1:] == [{"memo_id": part.pk, **account} for part in parts]


def test_a_runs_memo_by_its_sources(market: Market) -> None:
    """The room on both invoices is as before, the parts have a source each, and billing's credits follow their lines."""
    memo = of_run(market)
    sources = sources_of([memo.pk])[memo.pk]
    room = list(InvoiceLine.objects.order_by("pk").values_list("pk", "credited_net"))
    parts = divide(market, memo)
    assert list(InvoiceLine.objects.order_by("pk").values_list("pk", "credited_net")) == room
    assert [sources_of([part.pk])[part.pk] for part in parts] == [[source] for source in sources]
    assert [Credit.objects.get(memo_line__memo=part).net for part in parts] == [2800, 2800]
    assert {run_of(memo=part) for part in parts} == {run_of(memo=memo)} != {None}
    assert [part.sibling_invoice for part in parts] == [memo.sibling_invoice] * 2


def test_a_part_of_a_runs_memo_is_credited_again_when_it_is_voided(market: Market) -> None:
    memo = of_run(market)
    gone, stays = divide(market, memo)
    void_memo(memo=gone, reason="Wrong", actor=market.actor(), now=LATER, then=Then.AGAIN)
    bill(market, LATER.date(), now=LATER + timedelta(hours=1))
    new = CreditMemo.objects.latest("pk")
    assert sources_of([new.pk])[new.pk] == sources_of([gone.pk])[gone.pk]
    assert (new.total, CreditMemo.objects.get(pk=stays.pk).balance) == (2800, 2800)


def test_what_billing_remembers_moves_with_its_line_and_nowhere_else(market: Market) -> None:
    memo = of_run(market)
    divide(market, memo)
    first, second = Credit.objects.order_by("pk")
    for line in (second.memo_line_id, lines_of(memo)[0]):
        with pytest.raises(DatabaseError, match="credit_is_frozen"), transaction.atomic():
            Credit.objects.filter(pk=first.pk).update(memo_line=line)


def test_a_part_can_be_divided_again(market: Market) -> None:
    memo = memo_of(market, "10.00", "20.00", "30.00")
    _first, rest = divide(market, memo)
    again = divide(market, rest)
    assert [part.total for part in again] == [2400, 3600]
    assert {part.divided_from for part in again} == {rest}


def test_it_counts_once_towards_the_limit(market: Market) -> None:
    memo = memo_of(market)
    set_threshold(market, 9600)
    parts = divide(market, memo, person="finance")
    assert [part.status for part in parts] == ["unapplied", "unapplied"]
    for person, counted in (("manager", 9600), ("finance", 0)):
        assert alone_so_far(payer_id=market.acme.pk, actor=market.actor(person), now=NOW) == counted


def test_an_effective_date_of_a_closed_period_gives_way_to_today(market: Market) -> None:
    memo = memo_of(market, effective_date=TODAY - timedelta(days=3))
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    assert {part.effective_date for part in divide(market, memo)} == {LATER.date()}


def test_taxes_by_document_stay_as_they_were_rounded(market: Market) -> None:
    MarketplaceSettings.objects.update(tax_by=TaxBy.DOCUMENT)
    memo = memo_of(market, "0.13", "0.13", "0.13")
    assert sum(part.total for part in divide(market, memo)) == memo.total


def test_the_same_request_has_one_effect(market: Market) -> None:
    memo, token = memo_of(market), key()
    parts = divide(market, memo, token=token)
    assert divide(market, memo, token=token) == parts
    with refused(DuplicateRequest):
        divide(market, memo, [lines_of(memo)[1:], lines_of(memo)[:1]], token=token)


def test_one_mail_tells_whoever_was_mailed_the_memo(market: Market) -> None:
    """In place of those about its void and about each new memo; nobody hears of what was never mailed."""
    mailed, silent = memo_of(market), memo_of(market)
    mail(mailed)
    parts, others = divide(market, mailed), divide(market, silent)
    drain(LATER, topic="credit_memo.divided")
    told = Delivery.objects.get(kind="credit_memo_divided")
    assert (told.recipient, told.subject_id, told.subject) == (
        "anna@acme.example", mailed.pk, f"Credit memo {mailed} was divided"
    )  # fmt: skip
    assert all(f"credit memo {part} for" in told.body for part in parts)
    assert (tells_of_void(mailed.pk), tells_of_void(silent.pk), tells_of_void(parts[0].pk)) == (True, True, False)
    assert [tells_of_issue(part.pk) for part in (*parts, *others)] == [True, True, False, False]


class TestRefused:
    @pytest.mark.parametrize("how", ["paid out", "closed"])
    def test_what_has_ended(self, market: Market, how: str) -> None:
        memo = memo_of(market)
        if how == "closed":
            operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW)
        else:
            paid_out(market, memo)
        with refused(NotDividable) as caught:
            divide(market, memo)
        assert caught.value.message == f"CM-2026-00001 is {how}, so it can't be divided."

    @pytest.mark.parametrize(("amount", "status"), [(100, "partially applied"), (9600, "fully applied")])
    def test_what_is_used(self, market: Market, amount: int, status: str) -> None:
        memo = memo_of(market)
        apply(market, memo, issue_invoice(market), amount)
        with refused(NotDividable) as caught:
            divide(market, memo)
        assert caught.value.message == f"{memo} is {status}, so it can't be divided."

    def test_what_is_void_or_no_memo_yet(self, market: Market) -> None:
        voided, (draft, _asked) = memo_of(market), waiting_memo(market)
        operations.void(memo=voided, reason="x", actor=market.actor(), now=NOW)
        for memo, status in ((voided, "voided"), (draft, "awaiting approval")):
            with refused(NotDividable) as caught:
                divide(market, memo, [[1], [2]])
            assert caught.value.message == f"{memo} is {status}, so it can't be divided."

    def test_what_is_being_paid_out(self, market: Market) -> None:
        memo = memo_of(market)
        paid_out(market, memo, is_pending=True)
        with refused(PayoutPending):
            divide(market, memo)

    def test_a_single_line(self, market: Market) -> None:
        memo = issue_memo(market)
        with refused(OneLine):
            divide(market, memo, [[1], [2]])

    @pytest.mark.parametrize(
        "way", ["one group", "an empty group", "a line left out", "a line twice", "another memo's"]
    )
    def test_groups_that_are_no_division(self, market: Market, way: str) -> None:
        memo, other = memo_of(market), memo_of(market)
        first, second = lines_of(memo)
        groups = {
            "one group": [[first, second]], "an empty group": [[first, second], []], "a line left out": [[first], []],
            "a line twice": [[first], [second, first]], "another memo's": [[first], [second, lines_of(other)[0]]],
        }[way]  # fmt: skip
        with refused(InvalidInput, field="groups"):
            divide(market, memo, groups)

    def test_no_reason(self, market: Market) -> None:
        memo = memo_of(market)
        with refused(ReasonMissing, field="reason"):
            divide(market, memo, reason=" ")

    def test_a_stranger_finds_no_memo(self, market: Market, south: Market) -> None:
        memo = memo_of(market)
        with refused(Missing):
            operations.divide(
                memo=memo, groups=[[1], [2]], reason="x", actor=south.actor(), now=NOW, key=key()
            )  # fmt: skip

    def test_ones_own_company(self, market: Market) -> None:
        memo = memo_of(market)
        MembershipFactory(user=market.user("manager"), company=market.acme, roles=["user"])
        with refused(OwnCompany, field="company"):
            divide(market, memo)


class TestPage:
    def url(self, memo: CreditMemo) -> str:
        return reverse("creditmemos:divide", args=[memo.pk])

    def test_each_source_gets_a_memo_unless_somebody_says_otherwise(self, market: Market, manager: Client) -> None:
        memo = of_run(market)
        page = manager.get(self.url(memo)).content.decode()
        first, second = lines_of(memo)
        for line, number in ((first, 1), (second, 2)):
            assert f'name="memo-{line}" value="{number}"' in page
        for source in sources_of([memo.pk])[memo.pk]:
            assert source.number in page
        answer = manager.post(self.url(memo), {f"memo-{first}": 1, f"memo-{second}": 2, "reason": "Apart"}, follow=True)
        parts = CreditMemo.objects.filter(divided_from=memo).order_by("pk")
        told = answer.content.decode()
        assert f"{memo} is divided into {parts[0]}, {parts[1]}." in told
        for part in parts:
            assert f'<a href="/credit-memos/{part.pk}/">{part}</a>' in told
            assert str(memo) in manager.get(reverse("creditmemos:detail", args=[part.pk])).content.decode()

    def test_one_number_for_all_is_said_beside_the_field(self, market: Market, manager: Client) -> None:
        memo = memo_of(market)
        first, second = lines_of(memo)
        answer = manager.post(self.url(memo), {f"memo-{first}": 2, f"memo-{second}": 2, "reason": "Apart"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Enter at least two different numbers" in page
        assert f'name="memo-{first}" value="2"' in page
        assert not CreditMemo.objects.filter(divided_from=memo).exists()

    def test_many_lines_go_in_rows_of_one_product(self, market: Market, manager: Client) -> None:
        memo = memo_of(market, *["1.00"] * 61)
        page = manager.get(self.url(memo)).content.decode()
        assert "60 more lines" in page

    def test_who_may(self, market: Market) -> None:
        memo = memo_of(market)
        for person, status in (("finance", 200), ("support", 403), ("developer", 404), ("client_admin", 404)):
            assert client_of(market.people[person]).get(self.url(memo)).status_code == status, person

    def test_it_is_offered_where_it_can_work(self, market: Market) -> None:
        several, single = memo_of(market), issue_memo(market)
        member = market.people["manager"]
        offered = [
            any(str(action.label) == "Divide" for action in actions_of(annotated_memos(member).get(pk=memo.pk), member))
            for memo in (several, single)
        ]
        assert offered == [True, False]
