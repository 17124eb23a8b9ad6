"""The pages of approvals: who sees what waits, what changed since, and who may decide."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from billing.domain.event_values import Facts
from billing.operations.recording import record_event
from companies.domain.refusals import MakerIsChecker, NotADecider, NotTheMaker, NotWaiting, SomebodyElse
from companies.models import Grant, MarketplaceSettings, Membership
from core.models import Approval, AuditEntry
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import (
    NOW,
    VAT,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.drafts import waiting_close
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12


def ask(market: Market, price: str = "500.00", **extra: object) -> Approval:
    """A request of the manager that waits: a memo above the threshold."""
    threshold(market, 100_00)
    memo = issue_memo(market, price, **extra)  # type: ignore[arg-type]
    return Approval.objects.get(object_id=memo.pk, decision="waiting")


def threshold(market: Market, amount: int | None) -> None:
    settings = market.marketplace.settings
    settings.approval_threshold = amount
    settings.save()


def url(name: str, approval: Approval) -> str:
    return reverse(f"creditmemos:{name}", args=[approval.pk])


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def second(market: Market) -> Client:
    return client_of(market.people["second_manager"])


def test_list_shows_what_waits(market: Market, second: Client) -> None:
    ask(market)
    page = second.get(reverse("creditmemos:approvals")).content.decode()
    assert "€500.00" in page
    assert "Acme north" in page
    assert "Manager North" in page
    assert "Waiting" in page


def test_list_shows_decided_ones_when_asked(market: Market, second: Client) -> None:
    approval = ask(market)
    operations.approve(approval=approval, actor=market.actor("second_manager"), now=NOW)
    address = reverse("creditmemos:approvals")
    assert "No requests are awaiting a decision" in second.get(address).content.decode()
    assert "CM-2026-00001" in second.get(address, {"state": "decided"}).content.decode()
    assert "CM-2026-00001" in second.get(address, {"q": "CM-2026-00001", "state": "all"}).content.decode()


def test_search_finds_requests_of_every_kind(market: Market, second: Client) -> None:
    """By the company, the memo's number or the event's key."""
    ask(market, company=market.birch)
    facts = Facts(
        kind="refund", key="web-693", company=market.acme, day=NOW.date(), source_key="order 4711", description="Outage"
    )
    record_event(facts=facts, origin="form", actor=market.actor(), now=NOW)
    address = reverse("creditmemos:approvals")
    found = {text: second.get(address, {"q": text}).content.decode() for text in ("acme", "web-693", " birch north")}
    assert {text: ("Bill Refund web-693" in page, "Issue draft" in page) for text, page in found.items()} == {
        "acme": (True, False), "web-693": (True, False), " birch north": (False, True),
    }  # fmt: skip


def test_a_request_about_an_event_says_what_is_known_and_where_to_look(market: Market, second: Client) -> None:
    threshold(market, 100_00)
    facts = Facts(kind="refund", key="web-693", company=market.acme, day=NOW.date(), source_key="order 4711")
    event = record_event(facts=facts, origin="form", actor=market.actor(), now=NOW)
    page = second.get(url("approval", Approval.objects.get())).content.decode()
    assert "The amount of credit is known only then." in page
    assert f'<a href="{reverse("billing:event", args=[event.pk])}">Open what is requested</a>' in page


def test_list_and_detail_stay_within_their_queries(
    market: Market, second: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    invoice = issue_invoice(market)
    threshold(market, 1_00)
    credit_invoice(market, invoice, 20_00)
    for price in ("500.00", "600.00", "700.00"):
        approval = ask(market, price)
    second.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        second.get(reverse("creditmemos:approvals"))
    with django_assert_max_num_queries(MAX_QUERIES):
        second.get(url("approval", approval))
    from_invoice = Approval.objects.get(amount=24_00)
    with django_assert_max_num_queries(MAX_QUERIES):
        second.get(url("approval", from_invoice))
    with django_assert_max_num_queries(MAX_QUERIES + 4):
        second.get(url("approval_standing", from_invoice))


def test_a_decider_sees_the_limit_the_sum_tax_quantity_and_what_becomes_of_the_credit(
    market: Market, second: Client
) -> None:
    """What the maker did alone counts for the same company only, and only while it is a day old."""
    invoice = issue_invoice(market, charge("10.00", quantity="30", taxes=(VAT,)))
    issue_memo(market, "40.00", now=timezone.now())
    issue_memo(market, "7.00", now=timezone.now(), company=market.birch)
    issue_memo(market, "9.00", now=timezone.now() - timedelta(hours=25))
    threshold(market, 100_00)
    line = invoice.lines.get()
    memo = operations.issue_from_invoice(
        invoice=invoice, lines=[InvoiceCredit(line.pk, quantity=Decimal(20))],
        details=Details(reason_id=market.reason().pk, use="apply_now"), actor=market.actor(), now=timezone.now(),
        key=key(),
    )  # fmt: skip
    page = second.get(url("approval", Approval.objects.get(object_id=memo.pk))).content.decode()
    told = " ".join(strip_tags(page).split())
    for said in (
        "Amount €240.00",
        "Of which tax €40.00",
        "Approval limit €100.00",
        "Manager North for this company without approval, last 24 hours €40.00",
        "€240.00 is applied to INV-2026-00001 at once.",
        "Seats Mail Suite 20 €200.00 €40.00 €240.00",
    ):
        assert said in told, said  # fmt: skip
    operations.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=timezone.now())
    assert "Approval limit" not in second.get(url("approval", Approval.objects.get())).content.decode()


@pytest.mark.parametrize(
    ("use", "auto", "existing", "said"),
    [
        ("hold", True, True, "The credit is put on hold."),
        ("follow", True, True, "The credit is applied automatically to open invoices."),
        ("follow", True, False, "The credit is applied automatically to later invoices."),
        ("follow", False, False, "The credit stays open until somebody applies it."),
    ],
)
def test_what_becomes_of_the_credit_is_said_in_words(
    market: Market, second: Client, use: str, auto: bool, existing: bool, said: str
) -> None:
    MarketplaceSettings.objects.update(auto_apply=auto, apply_to_existing=existing)
    market.marketplace.settings.refresh_from_db()
    assert said in second.get(url("approval", ask(market, use=use))).content.decode()


def test_another_person_approves(market: Market, second: Client) -> None:
    approval = ask(market)
    answer = second.post(url("approval_approve", approval), follow=True)
    memo = CreditMemo.objects.get(pk=approval.object_id)
    assert (memo.status, memo.number) == ("unapplied", "CM-2026-00001")
    assert "Approved. CM-2026-00001 is now unapplied." in answer.content.decode()


def test_maker_is_offered_only_to_withdraw(market: Market) -> None:
    approval = ask(market)
    maker = client_of(market.people["manager"])
    page = maker.get(url("approval", approval)).content.decode()
    assert url("approval_approve", approval) not in page
    assert url("approval_withdraw", approval) in page
    answer = maker.post(url("approval_approve", approval))
    assert answer.status_code == 422
    assert "decide your own request. Ask another person." in answer.content.decode()
    approval.refresh_from_db()
    assert approval.decision == "waiting"


def test_maker_withdraws(market: Market) -> None:
    approval = ask(market)
    answer = client_of(market.people["manager"]).post(url("approval_withdraw", approval), follow=True)
    assert "The request has been withdrawn." in answer.content.decode()
    assert CreditMemo.objects.get(pk=approval.object_id).status == "draft"


def test_rejection_needs_a_reason(market: Market, second: Client) -> None:
    approval = ask(market)
    assert second.post(url("approval_reject", approval), {"reason": " "}).status_code == 422
    answer = second.post(url("approval_reject", approval), {"reason": "Twice"}, follow=True)
    page = answer.content.decode()
    assert "The request has been rejected." in page
    assert "Twice" in page
    assert CreditMemo.objects.get(pk=approval.object_id).status == "rejected"


def test_detail_marks_what_changed_since(market: Market, second: Client) -> None:
    memo = issue_memo(market, "500.00")
    invoice = issue_invoice(market)
    threshold(market, 1_00)
    operations.close(memo=memo, reason="Old", actor=market.actor(), now=NOW + timedelta(days=3))
    threshold(market, None)
    apply(market, memo, invoice, 20_00)
    approval = Approval.objects.get(object_id=memo.pk)
    page = second.get(url("approval", approval)).content.decode()
    assert "Partially applied" in page
    assert page.count('class="is-conflict"') == 3
    assert "€480.00" in page


def test_obstacle_is_named_and_approve_is_not_offered(market: Market, second: Client) -> None:
    invoice = issue_invoice(market)
    threshold(market, 1_00)
    memo = credit_invoice(market, invoice, 60_00)
    threshold(market, None)
    credit_invoice(market, invoice, 60_00, person="second_manager")
    approval = Approval.objects.get(object_id=memo.pk)
    page = second.get(url("approval_standing", approval)).content.decode()
    assert "This can't be approved at present" in page
    assert "Only €40.00 net of this line can still be credited." in page
    assert url("approval_approve", approval) not in page
    assert second.post(url("approval_approve", approval)).status_code == 422


def test_somebody_of_the_company_does_not_approve(market: Market, second: Client) -> None:
    approval = ask(market)
    MembershipFactory.create(user=market.user("second_manager"), company=market.acme, roles=["user"])
    answer = second.post(url("approval_approve", approval))
    assert answer.status_code == 422
    assert CreditMemo.objects.get(pk=approval.object_id).status == "awaiting_approval"


def test_close_is_not_approved_once_its_maker_belongs_to_the_company(market: Market, second: Client) -> None:
    memo = issue_memo(market, "500.00")
    threshold(market, 1_00)
    operations.close(memo=memo, reason="Old", actor=market.actor(), now=NOW)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    assert second.post(url("approval_approve", Approval.objects.get(object_id=memo.pk))).status_code == 422
    memo.refresh_from_db()
    assert memo.status == "unapplied"


@pytest.mark.parametrize("role", ["support", "developer", "reseller", "company_admin", "billing_admin", "user"])
def test_other_roles_are_refused(market: Market, role: str) -> None:
    approval = ask(market)
    client = client_of(market.people[role])
    with writes() as written:
        assert client.get(reverse("creditmemos:approvals")).status_code == 403
        assert client.get(url("approval", approval)).status_code == 404
        assert client.post(url("approval_approve", approval)).status_code == 404
    assert written == []


def test_support_may_see_own_requests_when_it_may_withdraw(market: Market) -> None:
    for permission in ("creditmemos.create", "creditmemos.withdraw"):
        Grant.objects.create(marketplace=market.marketplace, role="support", permission=permission, granted=True)
    foreign, own = ask(market), ask(market, person="support")
    client = client_of(market.people["support"])
    assert client.get(reverse("creditmemos:approvals")).status_code == 200
    assert client.get(url("approval", own)).status_code == 200
    assert client.get(url("approval", foreign)).status_code == 404
    assert client.post(url("approval_approve", own)).status_code == 403


def test_other_marketplace_is_not_found(market: Market) -> None:
    approval = ask(market)
    stranger = client_of(make_market("south", currency="JPY").people["manager"])
    for name in ("approval", "approval_approve", "approval_reject", "approval_withdraw"):
        assert stranger.get(url(name, approval)).status_code == 404
        assert stranger.post(url(name, approval), {"reason": "x"}).status_code == 404
    assert not AuditEntry.objects.filter(verb__in=["credit_memo.approved", "credit_memo.rejected"]).exists()


def test_decided_request_offers_nothing(market: Market, second: Client) -> None:
    approval = ask(market)
    operations.reject(approval=approval, reason="No", actor=market.actor("second_manager"), now=NOW)
    page = second.get(url("approval", approval)).content.decode()
    assert url("approval_approve", approval) not in page
    answer = second.post(url("approval_approve", approval))
    assert answer.status_code == 422
    assert "This request has already been decided." in answer.content.decode()


# --- what a page says before the verb does -----------------------------------------------------------------------------


def dialogs(approval: Approval, client: Client) -> dict[str, str]:
    """What each answer's page shows before it is given: the form, or the words of the refusal."""
    found = {}
    for name in ("approval_approve", "approval_reject", "approval_withdraw", "approval_alone"):
        page = client.get(url(name, approval)).content.decode().replace("&#x27;", "'")
        said = [str(each.text) for each in SAID if str(each.text) in page]
        found[name.removeprefix("approval_")] = "form" if 'name="token"' in page else said[0]
    return found


SAID = (MakerIsChecker, NotTheMaker, NotWaiting, NotADecider, SomebodyElse)


def test_an_answer_that_would_be_refused_says_so_before_it_is_given(market: Market, second: Client) -> None:
    approval, maker = ask(market), client_of(market.people["manager"])
    assert dialogs(approval, maker) == {
        "approve": MakerIsChecker.text, "reject": MakerIsChecker.text, "withdraw": "form", "alone": SomebodyElse.text,
    }  # fmt: skip
    assert dialogs(approval, second) == {
        "approve": "form", "reject": "form", "withdraw": NotTheMaker.text, "alone": NotTheMaker.text,
    }  # fmt: skip
    Membership.objects.filter(pk=market.people["second_manager"].membership.pk).update(
        admitted_at=timezone.now(), admitted_by=None, is_confirmed=False
    )
    assert dialogs(approval, second)["approve"] == str(NotADecider.text)
    standing = second.get(url("approval_standing", approval)).content.decode().replace("&#x27;", "'")
    assert str(NotADecider.text) in standing
    assert url("approval_approve", approval) not in standing
    operations.withdraw(approval=approval, actor=market.actor(), now=NOW)
    assert set(dialogs(approval, maker).values()) == {str(NotWaiting.text)}


def test_what_is_asked_for_is_asked_before_it_is_approved(market: Market, second: Client) -> None:
    memo = issue_memo(market)
    approval = waiting_close(market, memo)
    assert dialogs(approval, second)["approve"] == "form"
    apply(market, memo, issue_invoice(market), 10_00)
    page = second.get(url("approval_approve", approval)).content.decode()
    assert 'name="token"' not in page
    assert "€50.00" in page
