"""The delivery log: what it lists and finds, the page of one mail, and sending failed ones again."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.errors import Refusal
from core.models import AuditEntry
from notifications import operations
from notifications.models import Delivery, DeliveryAttempt
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.notifications.test_delivery import again, queued
from tests.support.outbox import drain
from tests.support.smtp import MailServer
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/mails/"
MAX_QUERIES = 12


def mail(market: Market, recipient: str = "anna@acme.example", **changes: Any) -> Delivery:
    """A mail in whatever state; nobody sends it."""
    found = queued(market, recipient)
    Delivery.objects.filter(pk=found.pk).update(**changes)
    found.refresh_from_db()
    return found


def listed(client: Client, query: str = "") -> list[str]:
    """The addresses on the page, in order."""
    rows = csv.DictReader(io.StringIO(client.get(f"{PAGE}?export=csv&{query}").getvalue().decode("utf-8-sig")))
    return [row["To"] for row in rows]


@pytest.fixture
def support(market: Market) -> Client:
    return client_of(market.people["support"])


def test_everybody_who_sends_again_reads_it(market: Market) -> None:
    mail(market)
    for person in ("manager", "finance", "support"):
        client = client_of(market.people[person])
        page = client.get(PAGE).content.decode()
        assert "anna@acme.example" in page
        assert f'href="{PAGE}" aria-current="page"' in page
    for person in ("developer", "reseller", "company_admin", "billing_admin", "user"):
        client = client_of(market.people[person])
        assert client.get(PAGE).status_code == 403
        assert f'href="{PAGE}"' not in client.get("/invoices/").content.decode()


def test_filters(market: Market, support: Client) -> None:
    now = datetime.now(UTC)
    mail(market, "a@x.example", state="failed", answer="550 no", number="CM-1", created_at=now - timedelta(days=9))
    mail(market, "b@x.example", kind="invoice_pdf_created", number="INV-1", company=market.birch)
    mail(market, "c@y.example", state="sent", sent_at=now, is_test=True)
    today = market.marketplace.today(now)
    assert listed(support) == ["b@x.example", "a@x.example"]
    assert listed(support, "tests=on") == ["c@y.example", "b@x.example", "a@x.example"]
    assert listed(support, "state=failed") == ["a@x.example"]
    assert listed(support, "state=failed&state=queued") == ["b@x.example", "a@x.example"]
    assert listed(support, "kind=invoice_pdf_created") == ["b@x.example"]
    assert listed(support, f"company={market.birch.pk}") == ["b@x.example"]
    assert listed(support, f"date_from={today}") == ["b@x.example"]
    assert listed(support, f"date_to={today - timedelta(days=1)}") == ["a@x.example"]
    assert listed(support, "recipient=A%40X") == ["a@x.example"]
    assert listed(support, "q=cm-") == ["a@x.example"]
    assert listed(support, "q=b%40x.example") == ["b@x.example"]
    assert listed(support, "date_from=0001-01-01&date_to=9999-12-31") == ["b@x.example", "a@x.example"]


@pytest.mark.parametrize("sort", ["recipient", "-recipient", "created", "-created"])
def test_sorting_goes_through_all_of_them(market: Market, support: Client, sort: str) -> None:
    for n in range(3):
        mail(market, f"p{n}@x.example")
    found = [f"p{n}@x.example" for n in range(3)]
    assert listed(support, f"sort={sort}") == (found[::-1] if sort.startswith("-") else found)


def test_the_list_takes_few_queries(
    market: Market, support: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        mail(market, f"p{n}@x.example", company=market.birch if n % 2 else market.acme)
    with django_assert_max_num_queries(MAX_QUERIES):
        page = support.get(PAGE)
    assert page.status_code == 200
    assert len(page.content) < 100_000


def test_files_tell_the_same(market: Market, support: Client) -> None:
    mail(market, number="CM-1", state="failed", answer="=1+1")
    rows = list(csv.DictReader(io.StringIO(support.get(f"{PAGE}?export=csv").getvalue().decode("utf-8-sig"))))
    assert rows[0]["Document"] == "CM-1"
    assert rows[0]["Mail"] == "Credit memo PDF created"
    assert rows[0]["Status"] == "Failed"
    assert not rows[0]["Answer"].startswith("=")
    assert support.get(f"{PAGE}?export=xlsx").status_code == 200


def test_the_other_marketplace_has_its_own(market: Market) -> None:
    south = make_market("south")
    found = mail(market)
    stranger = client_of(south.people["manager"])
    assert listed(stranger) == []
    assert stranger.get(f"{PAGE}{found.pk}/").status_code == 404
    with writes() as written:
        assert stranger.post(f"{PAGE}resend/", {"pk": [found.pk]}).status_code == 404
        assert stranger.post(f"{PAGE}{found.pk}/resend/").status_code == 404
    assert written == []


# --- One mail --------------------------------------------------------------------------------------------------------


def test_one_mail_tells_every_attempt(
    market: Market, mails: MailServer, support: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    mails.answers = ["451 4.3.0 try later", "452 4.2.2 mailbox full"]
    found = queued(market)
    drain()
    again()
    again()
    tries = DeliveryAttempt.objects.filter(delivery=found).order_by("number")
    assert list(tries.values_list("number", "outcome", "answer")) == [
        (1, "retrying", "451 4.3.0 try later"),
        (2, "retrying", "452 4.2.2 mailbox full"),
        (3, "sent", "250 OK"),
    ]
    with django_assert_max_num_queries(MAX_QUERIES):
        page = support.get(f"{PAGE}{found.pk}/").content.decode()
    for text in ("451 4.3.0 try later", "452 4.2.2 mailbox full", "250 OK", "Credit memo CM-1", "Dear Anna"):
        assert text in page
    assert found.message_id.strip("<>") in page
    assert "Default text" in page


def test_it_leads_to_the_document_and_its_file(market: Market, mails: MailServer, support: Client) -> None:
    from notifications.domain.kinds import kind_called

    kind = kind_called("credit_memo_pdf_created")
    operations.decide(
        kind=kind, enabled=True, attach_pdf=True, cc=[], protection="tax_number", actor=market.actor(), now=NOW
    )
    market.acme.tax_number = "ATU12345678"
    market.acme.save()
    memo = issue_memo(market)
    drain()
    found = Delivery.objects.filter(state="sent").first()
    assert found is not None
    page = support.get(f"{PAGE}{found.pk}/").content.decode()
    assert f'<a href="/credit-memos/{memo.pk}/">{memo.number}</a>' in page
    assert f'<a href="/documents/{found.attachment_id}/">{memo.number}.pdf</a>' in page
    assert "The customer&#x27;s tax number" in page
    assert "ATU12345678" not in page


def test_hostile_words_are_only_words(market: Market, support: Client) -> None:
    found = mail(market, subject="<script>alert(1)</script>", body="<img src=x>", answer="<b>no</b>", state="failed")
    page = support.get(f"{PAGE}{found.pk}/").content.decode()
    for text in ("<script>alert(1)", "<img src=x>", "<b>no</b>"):
        assert text not in page


def test_an_unknown_kind_still_shows(market: Market, support: Client) -> None:
    found = mail(market, kind="long_gone", subject_kind="payslip", number="P-1")
    assert "long_gone" in support.get(PAGE).content.decode()
    assert "P-1" in support.get(f"{PAGE}{found.pk}/").content.decode()


# --- Sending again ---------------------------------------------------------------------------------------------------


def test_failed_ones_are_sent_again_together_and_once(market: Market, mails: MailServer, support: Client) -> None:
    failed = [mail(market, f"p{n}@x.example", state="failed") for n in range(2)]
    sent = mail(market, "s@x.example", state="sent", sent_at=NOW)
    test = mail(market, "t@x.example", state="failed", is_test=True)
    nobody = mail(market, "", state="failed")
    chosen = {"pk": [each.pk for each in [*failed, sent, test, nobody]]}
    answer = support.post(f"{PAGE}resend/", chosen, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?state=failed", 302)]
    assert "2 mails are queued again." in answer.content.decode()
    again = support.post(f"{PAGE}resend/", chosen, follow=True)
    assert "0 mails are queued again." in again.content.decode()
    copies = Delivery.objects.filter(resend_of__in=failed)
    assert sorted(copies.values_list("recipient", flat=True)) == ["p0@x.example", "p1@x.example"]
    assert AuditEntry.objects.filter(verb="notifications.resend").count() == 2


def test_one_foreign_id_refuses_the_batch(market: Market, south: Market, support: Client) -> None:
    own, foreign = mail(market, state="failed"), mail(south, state="failed")
    with writes() as written:
        assert support.post(f"{PAGE}resend/", {"pk": [own.pk, foreign.pk]}).status_code == 404
        assert support.post(f"{PAGE}resend/", {"pk": ["1; DROP"]}).status_code == 404
    assert written == []
    assert support.get(f"{PAGE}resend/").status_code == 302


def test_a_copy_keeps_whatever_the_first_was(market: Market) -> None:
    first = mail(
        market, state="failed", number="CM-1", protection="phrase", attach_xml=True, template_version="own-1-1"
    )
    copy = operations.resend(delivery=first, actor=market.actor("support"), now=NOW)
    for name in ("number", "protection", "attach_xml", "template_version", "subject", "body", "language"):
        assert getattr(copy, name) == getattr(first, name)


def test_the_page_sends_again_where_that_works(market: Market, support: Client) -> None:
    states = {"failed": True, "queued": False, "retrying": False}
    for state, works in states.items():
        found = mail(market, f"{state}@x.example", state=state)
        page = support.get(f"{PAGE}{found.pk}/").content.decode()
        assert (f'action="{PAGE}{found.pk}/resend/"' in page) is works
    test = mail(market, "t@x.example", state="failed", is_test=True, subject_kind="", subject_id=0)
    assert "/resend/" not in support.get(f"{PAGE}{test.pk}/").content.decode()
    answer = support.post(f"{PAGE}{test.pk}/resend/", follow=True)
    assert "This mail can&#x27;t be sent again." in answer.content.decode()


def test_sent_again_twice_is_one_copy(market: Market) -> None:
    found, actor = mail(market, state="failed"), market.actor("support")
    copy = operations.resend(delivery=found, actor=actor, now=NOW)
    with pytest.raises(Refusal) as refused:
        operations.resend(delivery=found, actor=actor, now=NOW)
    assert refused.value.code == "mail_on_its_way"
    Delivery.objects.filter(pk=copy.pk).update(state="failed")
    operations.resend(delivery=found, actor=actor, now=NOW)
    assert Delivery.objects.filter(resend_of=found).count() == 2
