"""The page of one memo: its sections, what each role sees of them, and the actions that can work."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Grant
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from creditmemos.operations.reasons import change_reason
from invoices.domain.charging import TaxRate
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
)
from tests.support.vendors import mixed_memo, own_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES, MAX_BYTES = 12, 100_000
ODD_PAGES = {"": 1, "x": 1, "1e9": 1, "%00": 1, "9" * 5000: 1, "2": 2, "5": 4, "9" * 50: 4, "0": 4, "-1": 4}
"""What may be asked for, and the page of four that it shows."""


def url(memo: CreditMemo, **query: object) -> str:
    return reverse("creditmemos:detail", args=[memo.pk]) + "".join(f"?{name}={value}" for name, value in query.items())


def text(answer: Any) -> str:
    found = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())).replace("&#x27;", "'")
    return found.replace("\u00a0", " ")


def buttons(answer: Any) -> list[str]:
    """The actions at the top right, in order."""
    head = answer.content.decode().split('class="actions">')[1].split("</div>\n    </div>")[0]
    head = head.split('aria-label="Amounts"')[0].split('class="notice')[0].split('class="columns"')[0]
    return re.findall(r"</svg>([^<]+)</a>", head)


def rows(answer: Any, section: str) -> list[list[str]]:
    """The texts of a table's body rows, by the section's id."""
    part = answer.content.decode().split(f'id="{section}"')[1].split("</section>")[0]
    found = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", part.split("<tbody", 1)[1], re.DOTALL):
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        found.append([re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell)).strip() for cell in cells])
    return found


def threshold(market: Market, amount: int) -> None:
    market.marketplace.settings.approval_threshold = amount
    market.marketplace.settings.save()


def test_header_says_status_party_and_amounts(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 20_00)
    page = text(manager.get(url(memo)))
    assert "CM-2026-00001 Partially applied On hold" in page
    assert "Company Acme north Total €50.00 Applied €20.00 Balance €30.00" in page


def test_bar_leads_to_its_rows(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 20_00)
    operations.close(memo=memo, reason="Gone.", actor=market.actor(), now=NOW)
    page = manager.get(url(memo)).content.decode()
    assert 'Where the credit went: Applied €20.00, Written off €30.00"' in page
    for anchor in ("moved-apply", "moved-close"):
        assert f'href="#{anchor}"' in page
        assert f'id="{anchor}"' in page


def test_lines_stand_in_groups_that_open(market: Market, manager: Client) -> None:
    invoice = issue_invoice(
        market,
        charge("10.00", description="Seats May"),
        charge("20.00", description="More seats"),
        charge("5.00", description="Storage", product_name="Disk"),
    )
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(line.pk, net=line.net) for line in invoice.lines.all()],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    found = rows(manager.get(url(memo)), "lines")
    assert found == [
        ["Mail Suite", "", "", "€30.00", "€6.00", "€36.00"],
        ["2 lines", "", "", "€30.00", "€6.00", "€36.00"],
        ["Seats May", "1", "€10.00", "€10.00", "€2.00", "€12.00"],
        ["More seats", "1", "€20.00", "€20.00", "€4.00", "€24.00"],
        ["Disk", "", "", "€5.00", "€1.00", "€6.00"],
        ["Storage", "1", "€5.00", "€5.00", "€1.00", "€6.00"],
        ["Total", "", "", "€35.00", "€7.00", "€42.00"],
    ]


def test_sums_name_each_tax_by_rate(market: Market, manager: Client) -> None:
    city = TaxRate("City tax", VAT.rate / 10)
    memo = issue_memo(market, "100.00", taxes=(VAT, city))
    page = text(manager.get(url(memo)))
    assert "Subtotal €100.00 VAT 20 % on €100.00 €20.00 City tax 2 % on €100.00 €2.00 Total €122.00" in page
    assert "Applied – Paid out – Written off – Balance €122.00" in page


def test_history_runs_with_the_balance(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00, now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    operations.reverse(
        application=application, reason="Wrong one.", actor=market.actor(), now=later, key="r", hold=False
    )
    operations.apply_automatically(account_id=memo.account_id, now=NOW + timedelta(minutes=3))
    found = rows(manager.get(url(memo)), "history")
    assert [[row[1], row[2], *row[4:6]] for row in found] == [
        ["Issued by Manager North", "", "€50.00", "€50.00"],
        ["Applied (reversed) by Manager North INV-2026-00001", "INV-2026-00001", "(€20.00)", "€30.00"],
        ["Reversed by Manager North INV-2026-00001 Wrong one.", "INV-2026-00001", "€20.00", "€50.00"],
        ["Applied automatically INV-2026-00001", "INV-2026-00001", "(€50.00)", "–"],
        ["", "", "€0.00", ""],
    ]
    assert found[3][6] == "Reverse"
    assert found[1][6] == ""


def test_history_tells_of_writing_off_reopening_and_voiding(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW + timedelta(hours=1))
    asked = operations.reopen(memo=memo, reason="x", actor=market.actor(), now=NOW + timedelta(hours=2))
    operations.approve(approval=asked, actor=market.actor("finance"), now=NOW + timedelta(hours=3))
    operations.void(memo=memo, reason="x", actor=market.actor(), now=NOW + timedelta(hours=4))
    found = rows(manager.get(url(memo)), "history")
    assert [(row[1], row[4], row[5]) for row in found[:-1]] == [
        ("Issued by Manager North", "€50.00", "€50.00"),
        ("Written off by Manager North", "(€50.00)", "–"),
        ("Reopened by Finance North", "€50.00", "€50.00"),
        ("Voided by Manager North", "(€50.00)", "–"),
    ]


def test_other_documents_are_links(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    memo = credit_invoice(market, invoice, 50_00, use="apply_now")
    page = manager.get(url(memo)).content.decode()
    assert page.count(f'href="/invoices/{invoice.pk}/"') == 3
    assert f'href="/companies/{market.acme.pk}/"' in page


def test_draft_has_no_history_and_says_that_it_waits(market: Market, manager: Client) -> None:
    threshold(market, 1)
    memo = issue_memo(market)
    page = manager.get(url(memo))
    assert "Credit memo draft Awaiting approval" in text(page)
    assert "Issuing is awaiting approval. You requested it." in text(page)
    assert "Balance history" not in text(page)
    assert buttons(page) == ["Withdraw"]
    assert buttons(client_of(market.people["second_manager"]).get(url(memo))) == ["Decide"]


def test_rejected_draft_says_why_and_can_be_edited(market: Market, manager: Client) -> None:
    threshold(market, 1)
    memo = issue_memo(market)
    approval = Approval.objects.get()
    operations.reject(approval=approval, reason="No ticket.", actor=market.actor("finance"), now=NOW)
    page = manager.get(url(memo))
    assert "Rejected by Finance North: No ticket." in text(page)
    assert buttons(page) == ["Edit and resubmit", "Discard"]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("unapplied", ["Apply", "Release hold", "Void", "Pay out", "Close"]),
        ("partially", ["Apply", "Release hold", "Reverse and void", "Pay out", "Close"]),
        ("fully", ["Reverse and void", "Pay out"]),
        ("closed", ["Reopen"]),
        ("voided", []),
    ],
)
def test_actions_follow_the_status(market: Market, manager: Client, state: str, found: list[str]) -> None:
    memo = issue_memo(market)
    if state in ("partially", "fully"):
        apply(market, memo, issue_invoice(market), 20_00 if state == "partially" else 50_00)
    elif state == "closed":
        operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW)
    elif state == "voided":
        operations.void(memo=memo, reason="x", actor=market.actor(), now=NOW)
    assert buttons(manager.get(url(memo))) == found


@pytest.mark.parametrize(
    ("person", "found"),
    [
        ("finance", ["Apply", "Hold credit", "Void", "Pay out", "Close"]),
        ("support", ["Void"]),
        ("company_admin", ["Apply"]),
        ("billing_admin", ["Apply"]),
        ("user", []),
    ],
)
def test_actions_follow_the_role(market: Market, person: str, found: list[str]) -> None:
    memo = issue_memo(market, use="follow", billed_user=market.user("user"))
    assert buttons(client_of(market.people[person]).get(url(memo))) == found


def test_customers_apply_neither_what_is_held_nor_what_the_marketplace_keeps(market: Market) -> None:
    client = client_of(market.people["company_admin"])
    assert buttons(client.get(url(issue_memo(market)))) == []
    market.marketplace.settings.customers_may_apply = False
    market.marketplace.settings.save()
    assert buttons(client.get(url(issue_memo(market, use="follow")))) == []


def test_resellers_apply_where_it_was_granted(market: Market) -> None:
    memo = issue_memo(market, use="follow", company=market.client)
    client = client_of(market.people["reseller"])
    assert buttons(client.get(url(memo))) == []
    Grant.objects.create(marketplace=market.marketplace, role="reseller", permission="creditmemos.apply", granted=True)
    assert buttons(client.get(url(memo))) == ["Apply"]


def test_nothing_that_needs_a_stranger_is_offered_for_ones_own_company(market: Market) -> None:
    memo = issue_memo(market)
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    assert buttons(client_of(market.people["finance"]).get(url(memo))) == ["Apply"]


def test_closing_that_the_marketplace_does_not_allow_is_not_offered(market: Market, manager: Client) -> None:
    market.marketplace.settings.allow_close = False
    market.marketplace.settings.save()
    assert buttons(manager.get(url(issue_memo(market)))) == ["Apply", "Release hold", "Void", "Pay out"]


def noted(market: Market) -> CreditMemo:
    """A memo with a reason and every note."""
    details = Details(
        reason_id=market.reason().pk,
        reason_note="Angry call.",
        internal_note="Ask Tom.",
        customer_note="Sorry for that.",
        use="follow",
    )
    return operations.issue_ad_hoc(
        account=market.account(),
        beneficiary=market.acme,
        charges=[charge("50.00", taxes=())],
        details=details,
        actor=market.actor(),
        now=NOW,
        key=key(),
    )


@pytest.mark.parametrize(
    ("person", "sees", "hidden"),
    [
        ("support", ["Goodwill", "Angry call.", "Ask Tom.", "Sorry for that.", "Manager North", "Activity"], []),
        (
            "company_admin",
            ["Sorry for that.", "Documents"],
            ["Goodwill", "Angry call.", "Ask Tom.", "Manager North", "Activity", "Reverse"],
        ),
    ],
)
def test_notes_and_reasons_by_role(market: Market, person: str, sees: list[str], hidden: list[str]) -> None:
    page = text(client_of(market.people[person]).get(url(noted(market))))
    assert [word for word in sees if word not in page] == []
    assert [word for word in hidden if word in page] == []


def test_resellers_see_the_reason_but_no_internal_note(market: Market) -> None:
    memo = issue_memo(market, company=market.client)
    page = text(client_of(market.people["reseller"]).get(url(memo)))
    assert "Goodwill" in page
    assert "Credit for Client north" in page
    assert client_of(market.people["client_admin"]).get(url(memo)).status_code == 404


def test_reasons_of_ending_stay_inside(market: Market) -> None:
    memo = issue_memo(market)
    operations.void(memo=memo, reason="They cheat.", actor=market.actor(), now=NOW)
    assert "They cheat." in text(client_of(market.people["manager"]).get(url(memo)))
    assert "They cheat." not in text(client_of(market.people["company_admin"]).get(url(memo)))


def test_developers_see_their_own_lines_and_sums_only(market: Market) -> None:
    memo = mixed_memo(market)
    answer = client_of(market.people["developer"]).get(url(memo))
    page = text(answer)
    assert rows(answer, "lines")[-1] == ["Your products together", "", "", "€20.00", "€4.00", "€24.00"]
    for hidden in ("Foreign", "€144.00", "€120.00", "Balance history", "Goodwill", "Documents", "Activity", "Deliver"):
        assert hidden not in page
    assert buttons(answer) == []
    assert buttons(client_of(market.people["developer"]).get(url(own_memo(market)))) == ["Void"]
    assert client_of(market.people["developer"]).get(url(issue_memo(market))).status_code == 404


def test_strangers_find_nothing(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    parts = [reverse(f"creditmemos:{name}", args=[memo.pk]) for name in ("detail", "explain", "activity")]
    for person in (south.people["manager"], market.people["other_admin"], market.people["client_admin"]):
        client = client_of(person)
        assert [client.get(part).status_code for part in parts] == [404, 404, 404]
    assert [Client().get(part).status_code for part in parts] == [302, 302, 302]


def test_activity_is_for_those_who_read_the_log(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    operations.void(memo=memo, reason="Issued twice.", actor=market.actor("support"), now=NOW)
    address = reverse("creditmemos:activity", args=[memo.pk])
    page = text(manager.get(address))
    assert "Voided a credit memo Support North" in page
    assert "Issued twice." in page
    part = manager.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert client_of(market.people["company_admin"]).get(address).status_code == 403


@pytest.mark.parametrize("person", ["manager", "support", "developer", "company_admin", "reseller"])
def test_stays_within_its_queries(
    market: Market, person: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company = market.client if person == "reseller" else market.acme
    memo = mixed_memo(market) if person == "developer" else issue_memo(market, company=company)
    for _ in range(3):
        apply(market, memo, issue_invoice(market, company=company), 10_00)
    client = client_of(market.people[person])
    client.get("/")
    for name in ("detail", "explain"):
        with django_assert_max_num_queries(MAX_QUERIES):
            assert client.get(reverse(f"creditmemos:{name}", args=[memo.pk])).status_code == 200


def test_stays_small_whatever_the_number_of_lines(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    invoice = issue_invoice(
        market, *(charge("1.00", description=f"Call {n}", product_name=f"P{n}") for n in range(400))
    )
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(line.pk, net=line.net) for line in invoice.lines.all()],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    manager.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        first = manager.get(url(memo))
    last = manager.get(url(memo, lines=4))
    explained = manager.get(reverse("creditmemos:explain", args=[memo.pk]))
    for page in (first, last, explained):
        assert len(page.content) < MAX_BYTES
    assert "1 of 4" in text(first)
    assert "Call 399" in text(last)
    assert "Total €480.00" in text(last)
    shown = {asked: re.findall(r"\d of 4", text(manager.get(url(memo, lines=asked)))) for asked in ODD_PAGES}
    assert shown == {asked: [f"{page} of 4"] for asked, page in ODD_PAGES.items()}


def test_a_reason_is_called_as_it_was_at_issue(market: Market, manager: Client) -> None:
    def rename(label: str, now: datetime) -> None:
        reason = market.reason()
        change_reason(
            reason=reason, labels={"en": label}, counts_as=reason.counts_as, note_required=False, is_active=True,
            position=0, actor=market.actor(), now=now,
        )  # fmt: skip

    rename("First name", NOW - timedelta(days=1))
    issued = issue_memo(market)
    assert "<dd>First name</dd>" in manager.get(url(issued)).content.decode()
    rename("Second name", NOW + timedelta(days=1))
    rename("Third name", NOW + timedelta(days=2))
    page = manager.get(url(issued)).content.decode()
    assert "<dd>First name</dd>" in page
    assert "Third name" not in page
    assert "<dd>Third name</dd>" in manager.get(url(issue_memo(market, now=NOW + timedelta(days=3)))).content.decode()
