"""How many statements each verb sends to the database, and of which kinds; a run for one payer and for many.

Each engine has its own counts.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Approval
from creditmemos import operations
from tests.creditmemos.test_lock_order import verbs
from tests.factories.billing import bill, order, plan, subscribe, tax
from tests.factories.companies import CompanyFactory
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, TODAY, Market, issue_memo, key, make_market
from tests.support.verbs import set_threshold
from tests.witnesses.recording import witness

pytestmark = pytest.mark.slow

NOT_COUNTED = frozenset(["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"])
MANY_AT_ONCE = re.compile(r"^\d+ times: ")
PAYERS = (1, 2, 20)
FILES = {f"statements/{engine}-{what}.txt" for engine in ("sqlite", "postgresql") for what in ("verbs", "runs")}


@contextmanager
def counted(name: str, lines: list[str]) -> Iterator[None]:
    """Add a line with the statements that are sent meanwhile, by their first word; nothing is known from before."""
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as queries:
        yield
    words = Counter(MANY_AT_ONCE.sub("", query["sql"]).split(None, 1)[0].upper() for query in queries)
    kinds = {word: count for word, count in sorted(words.items()) if word not in NOT_COUNTED}
    lines.append(f"{name}: {sum(kinds.values())} ({', '.join(f'{word} {count}' for word, count in kinds.items())})")


def more_verbs(scenario: Scenario) -> dict[str, Callable[[], object]]:
    """Those that no lock order is stated for."""
    actor, other = scenario.market.actor(), scenario.market.actor("finance")
    return {
        "ask about a memo": lambda: issue_memo(scenario.market, "75.00"),
        "reject": lambda: operations.reject(approval=scenario.approval, reason="x", actor=other, now=NOW),
        "withdraw": lambda: operations.withdraw(approval=scenario.approval, actor=actor, now=NOW),
        "ask to reopen": lambda: operations.reopen(memo=scenario.closed, reason="x", actor=actor, now=NOW),
        "release": lambda: operations.release(memo=scenario.goodwill, actor=actor, now=NOW),
        "discard": lambda: operations.discard(memo=scenario.waiting, actor=actor, now=NOW),
    }


def test_verbs(scenario: Scenario) -> None:
    lines: list[str] = []
    for name, verb in {**verbs(scenario), **more_verbs(scenario)}.items():
        with taken_back():
            prepare(scenario, name)
            with counted(name, lines):
                verb()
    with taken_back():
        again(scenario, lines)
    witness(f"statements/{connection.vendor}-verbs.txt", lines)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def prepare(scenario: Scenario, verb: str) -> None:
    """What has to be so before some verbs."""
    if verb == "ask about a memo":
        set_threshold(scenario.market, 0)
    if verb == "discard":
        operations.withdraw(approval=scenario.approval, actor=scenario.market.actor(), now=NOW)
        scenario.waiting.refresh_from_db()


def again(scenario: Scenario, lines: list[str]) -> None:
    """A memo is released, then held; a closed one is reopened by a second person."""
    actor, other = scenario.market.actor(), scenario.market.actor("finance")
    operations.release(memo=scenario.goodwill, actor=actor, now=NOW)
    with counted("hold", lines):
        operations.hold(memo=scenario.goodwill, actor=actor, now=NOW)
    approval = operations.reopen(memo=scenario.closed, reason="x", actor=actor, now=NOW)
    assert isinstance(approval, Approval)
    with counted("reopen", lines):
        operations.approve(approval=approval, actor=other, now=NOW)
    body = {"reason": "x", "actor": actor, "now": NOW, "key": key()}
    again_key = operations.reverse(application=scenario.used, **body)  # type: ignore[arg-type]
    with counted("reverse, sent twice", lines):
        assert operations.reverse(application=scenario.used, **body) == again_key  # type: ignore[arg-type]


def test_runs(committed_db: object) -> None:
    lines: list[str] = []
    for number in PAYERS:
        market = make_market(f"m{number}")
        to_bill(market, number)
        for dry in (True, False):
            with counted(f"{'preview' if dry else 'run'} of {number} payers", lines):
                bill(market, TODAY, dry=dry)
    witness(f"statements/{connection.vendor}-runs.txt", lines)


def to_bill(market: Market, payers: int) -> None:
    """For each payer a subscription, an order, and credit that waits."""
    tax(market)
    of = plan(market)
    for number in range(payers):
        company = CompanyFactory.create(marketplace=market.marketplace, name=f"Payer {number}")
        subscribe(market, of, company=company)
        order(market, "10.00", TODAY, company=company)
        issue_memo(market, "5.00", company=company, use="follow")
