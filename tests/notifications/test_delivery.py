"""What the mail server may answer, and what becomes of the mail; sending again by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.actors import Actor
from core.ids import uuid7
from core.models import AuditEntry, OutboxJob
from documents.models import StoredDocument
from documents.operations import making
from documents.operations.making import Wanted
from notifications import operations
from notifications.models import Delivery
from notifications.operations.planning import message_id, queue
from tests.factories.world import NOW, Market, make_market
from tests.support.kinds import content, only_kind
from tests.support.outbox import drain, end_leases
from tests.support.smtp import CUT, MailServer
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


def queued(market: Market, recipient: str = "billing.admin.north@example.com", **changes: Any) -> Delivery:
    event = uuid7()
    given: dict[str, Any] = {
        "marketplace": market.marketplace,
        "kind": "credit_memo_pdf_created",
        "by_hand": True,
        "event": event,
        "recipient": recipient,
        "company": market.acme,
        "subject_kind": "credit_memo",
        "subject_id": 7,
        "language": "en",
        "subject": "Credit memo CM-1",
        "body": "Dear Anna\n.\nThe line above is a lone dot.\n",
        "message_id": message_id(event, "credit_memo_pdf_created", recipient),
        "created_at": datetime.now(UTC),
        **changes,
    }
    with transaction.atomic():
        delivery = Delivery.objects.create(**given)
        queue(delivery, NOW)
    return delivery


def again() -> None:
    end_leases()
    drain()


def now_is(delivery: Delivery) -> tuple[str, int, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.attempts, delivery.answer


def test_it_arrives_as_written(north: Market, mails: MailServer) -> None:
    delivery = queued(north)
    drain()
    assert now_is(delivery) == ("sent", 1, "250 OK")
    (mail,) = mails.received
    assert (mail.sender, mail.recipients) == ("billing@nordmarkt.example", ["billing.admin.north@example.com"])
    assert mail.message.get_content().splitlines() == ["Dear Anna", ".", "The line above is a lone dot."]


@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "421 too busy"])
def test_not_now_is_tried_again(north: Market, mails: MailServer, answer: str) -> None:
    mails.answers = [answer, answer]
    delivery = queued(north)
    drain()
    assert now_is(delivery) == ("retrying", 1, answer)
    again()
    again()
    assert now_is(delivery) == ("sent", 3, "250 OK")
    assert len(mails.received) == 1


def test_no_for_good_is_given_up_at_once(north: Market, mails: MailServer) -> None:
    mails.answers = ["550 5.1.1 no such person"]
    delivery = queued(north)
    drain()
    again()
    assert now_is(delivery) == ("failed", 1, "550 5.1.1 no such person")
    assert OutboxJob.objects.dead().count() == 1


def test_a_server_that_is_away_is_tried_again(north: Market, mails: MailServer) -> None:
    mails.stop()
    delivery = queued(north)
    drain()
    state, attempts, answer = now_is(delivery)
    assert (state, attempts) == ("retrying", 1)
    assert "ConnectionRefusedError" in answer
    mails.start()
    again()
    assert now_is(delivery)[0] == "sent"


def test_a_server_that_never_answers_does_not_hold_us(north: Market, mails: MailServer) -> None:
    mails.delay = 3.0
    delivery = queued(north)
    drain()
    assert now_is(delivery)[0] == "retrying"
    mails.delay = 0.0
    again()
    assert now_is(delivery)[0] == "sent"


def test_a_cut_after_the_mail_was_taken_costs_one_duplicate_at_most(north: Market, mails: MailServer) -> None:
    mails.answers = [CUT]
    delivery = queued(north)
    drain()
    assert now_is(delivery)[0] == "retrying"
    again()
    assert now_is(delivery)[:2] == ("sent", 2)
    assert len(mails.received) == 2
    assert len({str(mail.message["Message-ID"]) for mail in mails.received}) == 1


def test_twelve_attempts_are_enough(north: Market, mails: MailServer) -> None:
    mails.answers = ["451 later"] * 20
    delivery = queued(north)
    for _ in range(15):
        again()
    assert now_is(delivery) == ("failed", 12, "451 later")


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", "Hello\nBcc: all@example.com"), ("recipient", "billing.admin.north@example.com\nBcc: x@y.example")],
)
def test_a_broken_header_is_given_up_at_once(north: Market, mails: MailServer, field: str, value: str) -> None:
    delivery = queued(north, **{field: value})
    drain()
    assert now_is(delivery)[:2] == ("failed", 1)
    assert mails.received == []


def test_an_attachment_that_was_changed_is_not_sent(north: Market, mails: MailServer, folder: Path) -> None:
    with only_kind(content()):
        making.make(Wanted(north.marketplace.pk, "credit_memo", 7, "original"), as_of=NOW)()
    stored = StoredDocument.objects.get()
    (folder / stored.name).write_bytes(b"%PDF other")
    delivery = queued(north, attachment=stored)
    drain()
    assert now_is(delivery)[0] == "failed"
    assert mails.received == []


def test_mails_can_be_kept_as_files(north: Market, tmp_path: Path, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    delivery = queued(north)
    drain()
    assert now_is(delivery) == ("sent", 1, "kept as a file")
    (file,) = (tmp_path / "mail").iterdir()
    assert delivery.message_id in file.read_text()


def test_the_database_refuses_a_second_mail_about_an_event(north: Market) -> None:
    delivery = queued(north)
    with pytest.raises(IntegrityError), transaction.atomic():
        queued(north, event=delivery.event, message_id="<other@example.com>")


def test_sending_again_makes_a_mail_of_its_own(north: Market, mails: MailServer) -> None:
    first = queued(north)
    drain()
    second = operations.resend(delivery=first, actor=north.actor("support"), now=NOW)
    drain()
    assert now_is(second)[0] == "sent"
    assert second.resend_of == first
    assert second.message_id != first.message_id
    assert [mail.message.get_content().splitlines() for mail in mails.received] == [first.body.splitlines()] * 2
    entry = AuditEntry.objects.get(verb="notifications.resend")
    assert (entry.kind, entry.object_id) == ("credit_memo", 7)
    assert entry.after == {"delivery_id": second.pk, "recipient": "billing.admin.north@example.com"}


def test_a_mail_on_its_way_is_left_alone(north: Market) -> None:
    delivery = queued(north)
    with pytest.raises(operations.StillOnItsWay):
        operations.resend(delivery=delivery, actor=north.actor("support"), now=NOW)
    assert Delivery.objects.count() == 1


def test_another_marketplace_cannot_send_it_again(north: Market, mails: MailServer) -> None:
    delivery = queued(north)
    drain()
    stranger = Actor(marketplace_id=make_market("south").marketplace.pk, label="Sora")
    with pytest.raises(ValueError, match="not enough values"):
        operations.resend(delivery=delivery, actor=stranger, now=NOW)


@pytest.mark.parametrize(
    "cc", [["no address"], ["a@b.example\nBcc: c@d.example"], [f"{n}@b.example" for n in range(11)]]
)
def test_copies_go_to_addresses_only(north: Market, cc: list[str]) -> None:
    from core.errors import InvalidInput
    from notifications.domain.kinds import kind_called

    kind = kind_called("invoice_pdf_created")
    with pytest.raises(InvalidInput):
        operations.decide(kind=kind, enabled=True, attach_pdf=True, cc=cc, actor=north.actor(), now=NOW)


def test_the_page_sends_again_for_who_may(north: Market, mails: MailServer) -> None:
    delivery = queued(north)
    drain()
    with only_kind(content()):
        client = client_of(north.people["support"])
        page = client.get("/mails/about/credit_memo/7/").content.decode()
        assert "billing.admin.north@example.com" in page
        assert "Send again" in page
        response = client.post(f"/mails/{delivery.pk}/resend/", {"next": "/credit-memos/7/"})
        assert (response.status_code, response["Location"]) == (302, "/credit-memos/7/")
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(("market", "person", "status"), [("north", "user", 403), ("south", "manager", 404)])
def test_others_are_refused(north: Market, market: str, person: str, status: int) -> None:
    delivery = queued(north)
    Delivery.objects.update(state="failed")
    south = make_market("south", currency="JPY")
    client = client_of({"north": north, "south": south}[market].people[person])
    with only_kind(content()):
        assert client.post(f"/mails/{delivery.pk}/resend/").status_code == status
    assert Delivery.objects.count() == 1
