"""A button is offered exactly where the verb's guards would pass; where it is not, the verb refuses in words."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.operations.voiding import check_undo_and_void_memo, check_void_memo
from companies.domain.roles import PERMISSIONS
from core.errors import Refusal, refusal_of
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import (
    applying,
    closing,
    discarding,
    dividing,
    holding,
    reopening,
    reversing,
    undoing,
    voiding,
)
from creditmemos.queries.annotated import annotated_memos
from creditmemos.urls import urlpatterns
from creditmemos.views.actions import actions_of
from creditmemos.views.verbs import MemoVerb
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.drafts import closed_memo, waiting_close, waiting_memo
from tests.support.verbs import set_threshold, snapshot

pytestmark = pytest.mark.django_db
STATES = {
    "draft", "awaiting_approval", "rejected", "discarded", "unapplied", "on hold", "asked to close", "being paid out",
    "partially_applied", "fully_applied", "paid_out", "closed", "asked to reopen", "voided",
}  # fmt: skip


def drafts(market: Market) -> Iterator[tuple[str, CreditMemo]]:
    """Memos without a number."""
    for name in ("draft", "rejected", "discarded", "awaiting_approval"):
        memo, asked = waiting_memo(market)
        if name == "rejected":
            operations.reject(approval=asked, reason="x", actor=market.actor("finance"), now=NOW)
        elif name != "awaiting_approval":
            operations.withdraw(approval=asked, actor=market.actor(), now=NOW)
        if name == "discarded":
            operations.discard(memo=memo, actor=market.actor(), now=NOW)
        yield name, memo


def issued(market: Market) -> Iterator[tuple[str, CreditMemo]]:
    """Memos with a number."""
    set_threshold(market, None)
    memos = {name: issue_memo(market, use="follow") for name in STATES - {"closed", "asked to reopen", "on hold"}}
    yield "unapplied", memos["unapplied"]
    yield "on hold", issue_memo(market)
    for name in ("being paid out", "paid_out"):
        paid_out(market, memos[name], is_pending=name == "being paid out")
        yield name, memos[name]
    for name, amount in (("partially_applied", 20_00), ("fully_applied", 50_00)):
        apply(market, memos[name], issue_invoice(market), amount)
        yield name, memos[name]
    operations.void(memo=memos["voided"], reason="x", actor=market.actor(), now=NOW)
    yield "voided", memos["voided"]
    yield "closed", closed_memo(market)
    reopening_ = closed_memo(market)
    operations.reopen(memo=reopening_, reason="x", actor=market.actor(), now=NOW)
    yield "asked to reopen", reopening_
    waiting_close(market, memos["asked to close"])
    yield "asked to close", memos["asked to close"]


@pytest.fixture
def memos(market: Market) -> dict[str, CreditMemo]:
    """A memo in each state, as the manager's page reads it."""
    made = dict([*drafts(market), *issued(market)])
    read = annotated_memos(market.people["manager"])
    return {name: read.get(pk=memo.pk) for name, memo in made.items()}


def guards(memo: Any, market: Market) -> dict[str, Callable[[], object]]:
    """What each verb asks beforehand."""
    actor, live = market.actor(), undoing.live_applications(memo)
    return {
        "apply": lambda: applying.check_usable(memo),
        "hold": lambda: holding.check_hold(memo, actor=actor),
        "release": lambda: holding.check_release(memo, actor=actor),
        "void": lambda: check_void_memo(memo, actor=actor),
        "undo_and_void": lambda: check_undo_and_void_memo(memo, live, actor=actor),
        "divide": lambda: dividing.check_divide(memo, actor=actor),
        "close": lambda: closing.check_close(memo, memo.marketplace.settings, actor=actor),
        "reopen": lambda: reopening.check_reopen(memo, actor=actor),
        "discard": lambda: discarding.check_discard(memo, actor=actor),
    }


def offered(memo: CreditMemo, market: Market) -> set[str]:
    """The verbs that have a button."""
    urls = {action.url for action in actions_of(memo, market.people["manager"])}
    return {verb for verb in guards(memo, market) if reverse(f"creditmemos:{verb}", args=[memo.pk]) in urls}


@pytest.mark.damage
def test_a_button_stands_where_the_guards_pass(market: Market, memos: dict[str, CreditMemo]) -> None:
    assert memos.keys() == STATES
    found = {name: offered(memo, market) for name, memo in memos.items()}
    passed = {
        name: {verb for verb, check in guards(memo, market).items() if refusal_of(check) is None}
        for name, memo in memos.items()
    }
    for name in ("unapplied", "on hold", "asked to close"):
        passed[name].remove("undo_and_void")  # It would just void what was not used: *Void* is offered for that.
    assert found == passed
    assert found["partially_applied"] == {"apply", "hold", "undo_and_void", "close"}
    assert found["voided"] == found["paid_out"] == found["asked to reopen"] == found["awaiting_approval"] == set()


def test_a_balance_that_was_carried_over_is_not_voided(market: Market) -> None:
    memo = issue_memo(market)
    read = annotated_memos(market.people["manager"]).get(pk=memo.pk)
    assert "void" in offered(read, market)
    read.source = CreditMemo.Source.CARRIED
    assert offered(read, market) == {"apply", "release", "close"}
    assert isinstance(refusal_of(voiding.check_void, read, actor=market.actor()), voiding.CarriedBalance)


@pytest.mark.damage
def test_what_is_not_offered_is_refused_in_words(market: Market, manager: Client, memos: dict[str, CreditMemo]) -> None:
    for name, memo in memos.items():
        for verb, check in guards(memo, market).items():
            refusal = refusal_of(check)
            if refusal is None or verb == "apply":
                continue  # The desk has tests of its own.
            url, before = reverse(f"creditmemos:{verb}", args=[memo.pk]), snapshot()
            pages = manager.get(url), manager.post(url, {"token": str(uuid4()), "reason": "x"})
            assert [page.status_code for page in pages] == [200, 422], (name, verb)
            is_used = verb == "void" and memo.status in ("partially_applied", "fully_applied")
            sent = str(voiding.NotUnapplied.text) if is_used else refusal.message  # It was open when it was opened.
            for page, words in zip(pages, (refusal.message, sent), strict=True):
                assert words in page.content.decode().replace("&#x27;", "'"), (name, verb)
            assert snapshot() == before


def test_somebody_of_the_company_is_refused_before_and_after(market: Market) -> None:
    memo = issue_memo(market)
    read: Any = annotated_memos(market.people["manager"]).get(pk=memo.pk)
    read.is_own = True
    assert offered(read, market) == {"apply"}
    for verb, check in guards(read, market).items():
        refusal = refusal_of(check)
        assert isinstance(refusal, Refusal) or verb == "apply", verb


def test_every_verb_that_has_a_page_is_asked_here(market: Market) -> None:
    views = {each.name: getattr(each.callback, "view_class", object) for each in urlpatterns}
    pages = {name for name, view in views.items() if issubclass(view, MemoVerb)}
    assert pages - guards(issue_memo(market), market).keys() == {"reverse"}  # On an application, not on the memo.


def test_each_permission_is_one_of_the_table() -> None:
    modules = (applying, closing, discarding, holding, reopening, reversing, undoing, voiding)
    assert {module.PERMISSION for module in modules} <= set(PERMISSIONS)
