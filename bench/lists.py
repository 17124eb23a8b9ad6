"""The credit memo list on 1,000,000 rows, page by page, beside the best hand-written SQL and a plain template.

    .venv/bin/python bench/lists.py [--memos 1000000] [--runs 15]

The database is thrown away afterwards. The limit of a page is the quickest of the statements written here for its 25
rows, prepared, plus a compiled template that writes only those rows; the product's page is a whole request to the WSGI
application, through every middleware, with session, side bar, filters and rows. Both are timed in turn. Count and
totals are a fragment of their own and timed apart, with an empty cache. The aim for a page: 1.3 times the limit plus
5 ms.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import throwaway

ADDRESS = throwaway.prepare()

import list_data  # noqa: E402
import psycopg  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import reverse  # noqa: E402
from list_limits import LIMITS, TOTALS, Case  # noqa: E402

from companies.models import User  # noqa: E402
from config.wsgi import application  # noqa: E402

Ask = Callable[[str], object]
ROWS = """<table>{% for r in rows %}<tr><td><a href="/credit-memos/{{ r.0 }}/">{{ r.1 }}</a></td><td>{{ r.2 }}</td>
<td><a href="/companies/{{ r.3 }}/">{{ r.4 }}</a></td><td>{{ r.5 }}</td><td>{{ r.6 }}</td><td>{{ r.7 }}</td>
<td>{{ r.8 }}</td><td>{{ r.9 }}</td><td>{{ r.10 }}</td><td>{{ r.11 }}</td></tr>{% endfor %}</table>"""


def milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memos", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=15)
    wanted = parser.parse_args()
    started = time.monotonic()
    facts = list_data.fill(ADDRESS, wanted.memos)
    print(f"{wanted.memos:,} memos of {list_data.COMPANIES:,} companies in {time.monotonic() - started:.0f} s")
    person, address = signed_in(facts.manager), reverse("creditmemos:list")
    template = engines["django"].from_string(ROWS)
    session = psycopg.connect(ADDRESS, prepare_threshold=1, autocommit=True)

    def limit(statement: str) -> str:
        return template.render({"rows": session.execute(statement, facts.values).fetchall()})

    def page(query: str) -> None:
        statuses: list[str] = []

        def start(status: str, _headers: list[tuple[str, str]], _error: Any = None, /) -> Callable[[bytes], object]:
            statuses.append(status)
            return print

        response = application(person.get(address + query).environ, start)
        size = len(b"".join(response))
        response.close()
        assert statuses == ["200 OK"], (query, statuses)
        assert size < 100_000, (query, size)

    print(f"{'page':22} {'limit ms':>18} {'page ms':>18} {'aim ms':>8}  ratio")
    for case in LIMITS:
        compare(case, limit, page, facts.values, wanted.runs)
    print("count and totals, empty cache")
    for case in TOTALS:
        compare_totals(case, session, page, facts.values)


def signed_in(user: User) -> RequestFactory:
    """Makes requests with this person's session, as their browser with scripts sends them."""
    client, person = Client(), RequestFactory()
    client.force_login(user, backend="companies.backends.PasswordBackend")
    person.cookies = client.cookies
    person.cookies["js"] = "1"
    return person


def compare(case: Case, limit: Ask, page: Ask, values: dict[str, object], runs: int) -> None:
    """Time one page and its limit in turn."""
    query = case.query.format(**values)
    page(query)
    medians = {
        text: statistics.median(milliseconds(partial(limit, text)) for _ in range(3)) for text in case.statements
    }
    best = min(medians, key=lambda text: medians[text])
    pairs = [(milliseconds(partial(limit, best)), milliseconds(partial(page, query))) for _ in range(runs)]
    show(case.name, [bare for bare, _ours in pairs], [ours for _bare, ours in pairs])


def compare_totals(case: Case, session: psycopg.Connection, page: Ask, values: dict[str, object]) -> None:
    """Time count and totals, each time with an empty cache, and their statement."""
    query = case.query.format(**values) + ("&" if case.query else "?") + "part=totals"
    bare, ours = [], []
    for _ in range(3):
        bare.append(milliseconds(lambda: session.execute(case.statements[0], values).fetchall()))
        cache.clear()
        ours.append(milliseconds(partial(page, query)))
    show(case.name, bare, ours)


def show(name: str, bare: list[float], ours: list[float]) -> None:
    low, high = statistics.median(bare), statistics.median(ours)
    aim = 1.3 * low + 5
    print(
        f"{name:22} {low:7.1f} ({min(bare):.1f}-{max(bare):.1f})".ljust(42)
        + f"{high:7.1f} ({min(ours):.1f}-{max(ours):.1f})".ljust(22)
        + f"{aim:7.1f}  {high / low:5.2f}  {'within' if high <= aim else 'OVER'}"
    )


if __name__ == "__main__":
    main()
