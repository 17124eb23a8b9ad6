"""What was stored under an earlier spelling is done, found and shown as if it had been written today."""

import pytest
from django.test import Client
from django.urls import reverse

from core import consumer, outbox
from core.models import AuditEntry, OutboxJob
from core.spelling import present, spellings
from creditmemos.mails import PDF_CREATED
from creditmemos.models import CreditMemo
from documents.handlers import MAKE
from documents.models import StoredDocument
from notifications.domain.kinds import kind_called
from notifications.operations import decide
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture
def memo(north: Market) -> CreditMemo:
    return issue_memo(north)


@pytest.fixture
def manager(north: Market) -> Client:
    return client_of(north.people["manager"])


def old_entry(memo: CreditMemo) -> AuditEntry:
    return AuditEntry.objects.create(
        marketplace=memo.marketplace, at=NOW, actor_label="Somebody", verb="creditmemo.held", kind="creditmemo",
        object_id=memo.pk, company=memo.payer, before={}, after={}, note="In another spelling",
    )  # fmt: skip


def shown(client: Client, **query: str) -> str:
    return client.get("/audit-log/", query).content.decode()


@pytest.mark.parametrize(
    ("word", "now", "all_of_them"),
    [
        ("creditmemo", "credit_memo", ["credit_memo", "creditmemo"]),
        ("credit_memo", "credit_memo", ["credit_memo", "creditmemo"]),
        ("creditmemo.issued", "credit_memo.issued", ["credit_memo.issued", "creditmemo.issued"]),
        ("invoice.issued", "invoice.issued", ["invoice.issued"]),
        ("creditreason", "creditreason", ["creditreason"]),
        ("", "", [""]),
    ],
)
def test_a_word_has_one_spelling_now_and_is_found_in_all(word: str, now: str, all_of_them: list[str]) -> None:
    assert (present(word), spellings(word)) == (now, all_of_them)


def test_no_handler_and_no_badge_has_an_old_spelling() -> None:
    from core.labels import BADGES, VERBS

    said = {*VERBS, *BADGES} | {each.topic for each in outbox._handlers.values()}
    assert {word for word in said if present(word) != word} == set()


def test_new_rows_and_events_are_in_the_present_spelling(memo: CreditMemo) -> None:
    entry = AuditEntry.objects.get(object_id=memo.pk, verb__endswith=".issued")
    assert (entry.verb, entry.kind) == ("credit_memo.issued", "credit_memo")
    assert not OutboxJob.objects.filter(topic__startswith="creditmemo.").exists()


@pytest.mark.parametrize("handler", ["creditmemos.settle", MAKE])
def test_an_open_job_of_an_old_topic_is_done(north: Market, handler: str) -> None:
    decide(kind=kind_called(PDF_CREATED), enabled=True, attach_pdf=True, cc=[], actor=north.actor(), now=NOW)
    memo = issue_memo(north)
    job = OutboxJob.objects.get(topic="credit_memo.issued", handler=handler)
    OutboxJob.objects.filter(pk=job.pk).update(topic="creditmemo.issued")
    assert outbox.queue_of("creditmemo.issued", MAKE) == "documents"
    if handler == MAKE:
        assert consumer.run_together([job.pk]) == 1
        assert StoredDocument.objects.filter(kind="credit_memo", document_id=memo.pk, purpose="original").exists()
    else:
        assert consumer.run(job.pk)
    job.refresh_from_db()
    assert (job.done_at is not None, job.last_error) == (True, "")


def test_the_audit_log_shows_rows_of_both_spellings(memo: CreditMemo, manager: Client) -> None:
    entry = old_entry(memo)
    link = f'<a href="{reverse("creditmemos:detail", args=[memo.pk])}">{memo.number}</a>'
    assert (shown(manager).count(link), shown(manager, q=str(memo.number)).count(link)) == (2, 2)
    for verb in ("creditmemo.held", "credit_memo.held"):
        page = shown(manager, verb=verb)
        assert (page.count(link), page.count(entry.note)) == (1, 1)
        assert '<option value="credit_memo.held" selected>' in page
        assert "Held credit" in page


def test_a_memos_activity_shows_rows_of_both_spellings(memo: CreditMemo, manager: Client) -> None:
    old_entry(memo)
    page = manager.get(reverse("creditmemos:activity", args=[memo.pk])).content.decode()
    assert "Issued a credit memo" in page
    assert "Held credit" in page
