"""Credit a run's invoice in full on the page: what becomes of its period is asked once nothing would be left."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import BillingException, Charge
from billing.operations.running import start_run
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import bill, order, plan, subscribe, tax
from tests.factories.world import NOW, Market, credit_invoice, issue_invoice, make_market
from tests.support.verbs import set_threshold
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """May of one subscription: 31.00 and 20 % VAT, made by a run."""
    tax(market)
    subscribe(market, plan(market), start=date(2026, 5, 1), quantity="1")
    bill(market, date(2026, 5, 2))
    return Invoice.objects.get()


def url(invoice: Invoice, query: str = "") -> str:
    return reverse("creditmemos:create_from_invoice", args=[invoice.pk]) + query


def fields(market: Market, invoice: Invoice, net: str = "31.00", **more: Any) -> dict[str, Any]:
    line = invoice.lines.get().pk
    return {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold", f"line-{line}": net, **more}


def text(answer: Any) -> str:
    found = re.sub(r"</?(?:span|time)[^>]*>", "", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found)).replace("&#x27;", "'").replace("\u00a0", " ")


def marked(answer: Any) -> list[str]:
    """The choices of the question, the marked one with a star; none where it is not asked."""
    found = re.findall(r'<input type="radio"[^>]*name="then" value="(\w+)"[^>]*?( checked)?>', answer.content.decode())
    return [value + ("*" if checked else "") for value, checked in found]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "choices"),
    [
        ("", []),
        ("?then=never", []),
        ("?full=no", []),
        ("?full=yes", ["again*", "never"]),
        ("?full=yes&then=again", ["again*", "never"]),
        ("?full=yes&then=never", ["again", "never*"]),
        ("?full=yes&then=perhaps", ["again*", "never"]),
    ],
)
def test_a_link_may_ask_for_all_of_it(
    market: Market, manager: Client, invoice: Invoice, query: str, choices: list[str]
) -> None:
    page = manager.get(url(invoice, query))
    assert marked(page) == choices
    assert ('value="31.00"' in page.content.decode()) == bool(choices)
    assert ("€37.20" in text(page).split("Subtotal")[1]) == bool(choices)


def test_all_that_is_left_is_filled_in(market: Market, manager: Client, invoice: Invoice) -> None:
    credit_invoice(market, invoice, 10_00)
    page = manager.get(url(invoice, "?full=yes"))
    assert 'value="21.00"' in page.content.decode()
    assert marked(page) == ["again*", "never"]


def test_an_invoice_that_people_made_is_filled_in_and_asks_nothing(market: Market, manager: Client) -> None:
    page = manager.get(url(issue_invoice(market), "?full=yes"))
    assert 'value="100.00"' in page.content.decode()
    assert marked(page) == []


def test_it_is_asked_as_one_types(market: Market, manager: Client, invoice: Invoice) -> None:
    whole = manager.post(url(invoice), fields(market, invoice, go="live"))
    assert marked(whole) == ["again*", "never"]
    assert f"This credits {invoice} in full. What happens to its billing period?" in text(whole)
    assert marked(manager.post(url(invoice), fields(market, invoice, go="live", then="never"))) == ["again", "never*"]
    part = manager.post(url(invoice), fields(market, invoice, "30.99", go="live", then="never"))
    assert marked(part) == []
    assert 'id="then-place"' in part.content.decode()


def test_without_an_answer_the_form_comes_back_with_the_question(
    market: Market, manager: Client, invoice: Invoice
) -> None:
    page = manager.post(url(invoice), fields(market, invoice, customer_note="Sorry."))
    assert page.status_code == 422
    assert marked(page) == ["again*", "never"]
    html = page.content.decode()
    assert 'href="#id_then' in html
    assert 'id="id_then"' in html
    assert 'value="31.00"' in html
    assert "Sorry.</textarea>" in html
    assert "Choose what happens to the billing period: this credits the invoice in full." in text(page)
    assert CreditMemo.objects.count() == 0
    assert Charge.objects.get().state == "live"


@pytest.mark.parametrize(
    ("then", "state", "said"),
    [
        ("again", "returned", "The period of INV-2026-00001 is billed again by the next run."),
        ("never", "settled", "The period of INV-2026-00001 is not billed again; an exception is recorded."),
    ],
)
def test_the_answer_is_carried_out(
    market: Market, manager: Client, invoice: Invoice, then: str, state: str, said: str
) -> None:
    form = fields(market, invoice, then=then)
    for _ in range(2):
        answer = manager.post(url(invoice), form)
        assert answer.status_code == 302
    assert CreditMemo.objects.get().total == 37_20
    assert Charge.objects.get().state == state
    assert BillingException.objects.count() == (then == "never")
    page = text(manager.get(answer["Location"]))
    assert said in page


def test_what_is_no_choice_is_refused_beside_the_field(market: Market, manager: Client, invoice: Invoice) -> None:
    page = manager.post(url(invoice), fields(market, invoice, then="perhaps"))
    assert page.status_code == 422
    assert "perhaps is not one of the available choices" in text(page)
    assert CreditMemo.objects.count() == 0


def test_a_part_needs_no_answer_and_keeps_none(market: Market, manager: Client, invoice: Invoice) -> None:
    assert manager.post(url(invoice), fields(market, invoice, "1.00", then="never")).status_code == 302
    assert CreditMemo.objects.get().afterwards == ""
    assert Charge.objects.get().state == "live"


def test_while_a_run_goes_on_everything_typed_stays(market: Market, manager: Client, invoice: Invoice) -> None:
    start_run(through=date(2026, 5, 3), actor=market.actor(), now=LATER, key=str(uuid4()))
    page = manager.post(url(invoice), fields(market, invoice, then="never"))
    assert page.status_code == 422
    assert "billing run" in text(page)
    assert marked(page) == ["again", "never*"]
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize(("role", "status"), [("support", 403), ("client_admin", 404), ("developer", 403)])
def test_who_may_not(market: Market, invoice: Invoice, role: str, status: int) -> None:
    client = client_of(market.people[role])
    assert client.post(url(invoice), fields(market, invoice, then="again")).status_code == status
    assert client.get(url(invoice, "?full=yes&then=again")).status_code == status
    assert Charge.objects.get().state == "live"


def test_nobody_of_another_marketplace(market: Market, invoice: Invoice) -> None:
    stranger = client_of(make_market("south").people["manager"])
    assert stranger.post(url(invoice), fields(market, invoice, then="again")).status_code == 404
    assert Charge.objects.get().state == "live"


# --- a draft that waits -----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(market: Market, manager: Client, invoice: Invoice) -> Approval:
    """Credit in full that asks a second person."""
    set_threshold(market, 0)
    manager.post(url(invoice), fields(market, invoice, then="never"))
    return Approval.objects.get()


def test_whoever_decides_reads_the_choice(market: Market, waiting: Approval) -> None:
    client = client_of(market.people["second_manager"])
    page = text(client.get(reverse("creditmemos:approval", args=[waiting.pk])))
    assert "Then still creditable on the invoice €0.00 €0.00" in page
    assert "Billing period, if credited in full Do not bill it again Do not bill it again" in page
    question = text(client.get(reverse("creditmemos:approval_approve", args=[waiting.pk])))
    assert "The period of INV-2026-00001 is not billed again." in question
    client.post(reverse("creditmemos:approval_approve", args=[waiting.pk]), {"token": str(uuid4())})
    assert Charge.objects.get().state == "settled"


def test_what_changed_since_is_shown(market: Market, manager: Client) -> None:
    """Of two lines one was credited before; once that memo is voided, the draft credits a part."""
    order(market, "12.00", date(2026, 5, 1), name="one")
    order(market, "8.00", date(2026, 5, 1), name="two")
    bill(market, date(2026, 5, 2))
    invoice = Invoice.objects.get()
    earlier = credit_invoice(market, invoice, invoice.lines.order_by("position")[0].net)
    set_threshold(market, 0)
    form = {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold", "then": "again"}
    manager.post(url(invoice), form | {f"line-{invoice.lines.order_by('position')[1].pk}": "8.00"})
    approval = Approval.objects.get()
    operations.void(memo=earlier, reason="Wrong", actor=market.actor(), now=LATER)
    client = client_of(market.people["second_manager"])
    page = text(client.get(reverse("creditmemos:approval", args=[approval.pk])))
    assert "Then still creditable on the invoice €0.00 €12.00 changed" in page
    question = text(client.get(reverse("creditmemos:approval_approve", args=[approval.pk])))
    assert "billed again" not in question


def test_what_became_full_is_told_before_and_can_be_sent_again(market: Market, manager: Client) -> None:
    order(market, "12.00", date(2026, 5, 1), name="one")
    order(market, "8.00", date(2026, 5, 1), name="two")
    bill(market, date(2026, 5, 2))
    invoice = Invoice.objects.get()
    one, two = invoice.lines.order_by("position")
    set_threshold(market, 0)
    manager.post(
        url(invoice), {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold", f"line-{two.pk}": "8.00"}
    )
    set_threshold(market, None)
    credit_invoice(market, invoice, one.net)
    approval = Approval.objects.get()
    client = client_of(market.people["second_manager"])
    told = text(client.get(reverse("creditmemos:approval_standing", args=[approval.pk])))
    assert f"This credits {invoice} in full: choose whether its period is billed again." in told
    reject = {"token": str(uuid4()), "reason": "Say what becomes of May."}
    client.post(reverse("creditmemos:approval_reject", args=[approval.pk]), reject)
    memo = CreditMemo.objects.get(number__isnull=True)
    edit = reverse("creditmemos:edit", args=[memo.pk])
    assert marked(manager.get(edit)) == ["again*", "never"]
    form = {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold", f"line-{two.pk}": "8.00"}
    assert manager.post(edit, form).status_code == 422
    assert manager.post(edit, form | {"then": "again"}).status_code == 302
    assert set(Charge.objects.values_list("state", flat=True)) == {"returned"}


def test_a_draft_that_came_back_keeps_the_choice(market: Market, manager: Client, waiting: Approval) -> None:
    operations.withdraw(approval=waiting, actor=market.actor(), now=LATER)
    memo = CreditMemo.objects.get()
    assert marked(manager.get(reverse("creditmemos:edit", args=[memo.pk]))) == ["again", "never*"]
    page = text(manager.get(reverse("creditmemos:detail", args=[memo.pk])))
    assert "Once the invoice is credited in full Do not bill it again" in page


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_voiding_the_invoice_does_not_ask_again(market: Market, manager: Client, invoice: Invoice) -> None:
    void = reverse("invoices:void", args=[invoice.pk])
    assert "Bill this period again" in text(manager.get(void))
    manager.post(url(invoice), fields(market, invoice, then="again"))
    assert "Bill this period again" not in text(manager.get(void))
    assert manager.post(void, {"token": str(uuid4()), "reason": "Wrong"}).status_code == 302
    assert not BillingException.objects.exists()
    assert CreditMemo.objects.get().status == "voided"


def test_voiding_the_memo_is_refused_in_words(market: Market, manager: Client, invoice: Invoice) -> None:
    manager.post(url(invoice), fields(market, invoice, then="again"))
    memo = CreditMemo.objects.get()
    answer = manager.post(
        reverse("creditmemos:void", args=[memo.pk]), {"token": str(uuid4()), "reason": "Wrong", "then": "again"}
    )
    assert answer.status_code == 422
    assert f"{invoice} was credited in full and is billed again, so {memo} has to stay." in text(answer)
    memo.refresh_from_db()
    assert memo.status == "unapplied"
