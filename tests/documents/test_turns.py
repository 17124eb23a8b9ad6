"""Pages share the renderers: slow documents hold up neither other pages nor other people for long."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any

import pytest
from django.db import connections

from documents.renderer import rendering, turns
from documents.renderer.rendering import Renderer
from tests.documents.test_builder_pages import BUILDER, begun, draft
from tests.factories.world import make_market
from tests.support.databases import Copy
from tests.support.visits import client_of


class Sleeper(Renderer):
    """A renderer whose documents last until they may end; it takes turns as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = Event(), Event()
        self.made = 0

    def ask(self, *_given: Any, **_more: Any) -> tuple[dict[str, Any], bytes]:
        with self._taken():
            self.begun.set()
            assert self.may_end.wait(60)
            self.made += 1
        return {"ok": True, "pages": 1, "missing": ""}, b"%PDF-"


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sleeper]:
    made = Sleeper()
    monkeypatch.setattr(rendering, "_renderer", made)
    yield made
    made.may_end.set()


@contextmanager
def pages(count: int) -> Iterator[Callable[[Callable[[], Any]], Future[Any]]]:
    """Something that runs pages, each in a thread with a connection of its own."""
    with ThreadPoolExecutor(count) as pool:

        def run(page: Callable[[], Any]) -> Future[Any]:
            def work() -> Any:
                try:
                    return page()
                finally:
                    connections.close_all()

            return pool.submit(work)

        yield run


def test_eight_slow_previews_leave_other_pages_alone(
    committed_db: Copy, sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "OWN_PATIENCE", 0.1)
    market = make_market()
    template = begun(market)
    clients = [client_of(market.people[person]) for person in ("manager", "second_manager", "finance")]
    address, sent = f"{BUILDER}{template.pk}/preview/", draft(template)
    headers = {"Accept": "application/json"}

    with pages(8) as run:
        first = run(lambda: clients[0].post(address, sent, headers=headers))
        assert sleeper.begun.wait(60)
        again = [run(lambda: clients[0].post(address, sent, headers=headers)) for _ in range(5)]
        refusals = [each.result(60) for each in again]
        assert {answer.status_code for answer in refusals} == {503}
        assert "still being created for you" in refusals[0].json()["message"]
        second = run(lambda: clients[1].post(address, sent, headers=headers))
        while len(turns._people) < turns.MOST_PAGES:
            assert not second.done()
        third = clients[2].post(address, sent, headers=headers)
        assert (third.status_code, third.json()["line"]) == (503, 0)
        assert "Other documents are being created" in third.json()["message"]
        assert clients[2].get("/invoices/").status_code == 200
        sleeper.may_end.set()
        assert [first.result(60).status_code, second.result(60).status_code] == [200, 200]
    assert sleeper.made == 2
    assert clients[0].post(address, sent, headers=headers).status_code == 200


def test_one_page_waits_for_another_one_of_the_same_person() -> None:
    """Publishing while the preview is under way: it comes next; a third page is refused at once."""
    turn, begun, may_end, made = Lock(), Event(), Event(), []

    def page(name: str) -> None:
        with turns.page_of(lambda: "mara"), turns.taken(turn):
            begun.set()
            assert may_end.wait(60)
            made.append(name)

    with ThreadPoolExecutor(2) as pool:
        preview = pool.submit(page, "preview")
        assert begun.wait(60)
        publish = pool.submit(page, "publish")
        while not turns._waiting.locked():
            assert not publish.done()
        with pytest.raises(turns.TurnRefused, match="still being created for you"):
            page("another preview")
        may_end.set()
        preview.result(60)
        publish.result(60)
    assert made == ["preview", "publish"]
    assert not turns._people
    assert not turns._waiting.locked()


def test_a_page_waits_only_so_long() -> None:
    turn = Lock()
    with turn, turns.page_of(lambda: 1), pytest.raises(turns.TurnRefused), turns.taken(turn, patience=0.01):
        raise AssertionError("unreachable")
    assert not turns._people
    with turns.page_of(lambda: 1), turns.taken(turn, patience=0.01):
        assert turn.locked()
    assert not turn.locked()


def test_a_worker_waits_as_long_as_it_takes() -> None:
    turn, done = Lock(), Event()

    def work() -> None:
        with turns.taken(turn, patience=0.01):
            done.set()

    turn.acquire()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(work)
        assert not done.wait(0.1)
        turn.release()
        waiting.result(60)
    assert done.is_set()
