"""PDFs a second through the real path, beside bare xhtml2pdf on the same HTML and bare ReportLab drawing the page.

    .venv/bin/python bench/pdfs.py [--lines 5 40] [--documents 100] [--rounds 5] [--profile]

The real path begins with an open job in the outbox and ends with stored bytes, their row and the closed job: a worker
process leases, takes up, reads, renders in its warm renderer, flushes the file and records. Only the broker's hop is
left out. For one worker everything, PostgreSQL too, is held on one core, and the bare sides have that core in their
turns; two workers have a core each, and PostgreSQL both. All sides take turns in each round, so that the ratios hold
on a noisy machine; processor time says it once more for one that others use meanwhile.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import throwaway

IS_WORKER = "--work" in sys.argv
if IS_WORKER:
    throwaway.join()
else:
    ADDRESS = throwaway.prepare()

from django.db import connection  # noqa: E402

from core import consumer, relay  # noqa: E402
from core.clock import database_now  # noqa: E402
from core.models import OutboxJob  # noqa: E402
from core.tasks import messages  # noqa: E402
from documents.handlers import MAKE  # noqa: E402
from documents.models import StoredDocument  # noqa: E402
from documents.pdf import printing  # noqa: E402
from documents.renderer import rendering  # noqa: E402
from documents.templates import liquid  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))[:2]


class Child:
    """A process that does a number of documents whenever it is told to, and says how long that took."""

    def __init__(self, *command: str, given: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if given:
            self.tell(given)
        assert self.said().strip() == "ready"

    def tell(self, words: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()

    def said(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def answer(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self.said())
        return found

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


# --- The worker ----------------------------------------------------------------------------------------------------


def worker() -> None:
    """Make what is due until nothing is, whenever the other side says so."""
    rendering.render_texts({"warm": "up"}, {})
    print("ready", flush=True)
    for words in sys.stdin:
        began = time.perf_counter()
        done = profiled(make_all) if words.strip() == "profile" else make_all()
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"seconds": took, "done": done, "peak": peak, "renderer": renderer_peak()}
        print(json.dumps(told), flush=True)
    connection.close()


def make_all() -> int:
    """Lease and make, as relay and worker do, until no document waits."""
    done = 0
    while OutboxJob.objects.due(database_now()).filter(handler=MAKE).exists():
        for message in messages([job for job in relay.lease() if job.handler == MAKE]):
            done += consumer.run_together([job.job_id for job in message])
    return done


def profiled(call: Any) -> int:
    """The same under the profiler; what it found goes to standard error."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    done: int = profile.runcall(call)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(45)
    return done


def renderer_peak() -> float:
    """The renderer's greatest resident memory, in MiB."""
    status = Path(f"/proc/{rendering._renderer.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


# --- The rounds ----------------------------------------------------------------------------------------------------


def family(pid: int) -> list[Path]:
    """A process, its children and theirs, each with all its threads."""
    found = list(Path(f"/proc/{pid}/task").iterdir())
    for task in list(found):
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def hold_on(cores: list[int], pid: int) -> None:
    """Let a process and all below it use these cores alone."""
    for task in family(pid):
        os.sched_setaffinity(int(task.name), cores)


def spent(pid: int) -> float:
    """Seconds of processor time that a process and all below it have used, those that ended too."""
    stats = {task.parent.parent: (task.parent.parent / "stat").read_text() for task in family(pid)}
    return sum(sum(map(int, stat.rpartition(")")[2].split()[11:15])) for stat in stats.values()) / TICKS


class Market:
    """A marketplace that mails its credit memos, so that each issued one wants its PDF."""

    def __init__(self, lines: int) -> None:
        from notifications import operations
        from notifications.domain.kinds import kind_called
        from tests.factories.world import NOW, make_market

        self.market, self.lines = make_market(f"l{lines}"), lines
        operations.decide(
            kind=kind_called("credit_memo_pdf_created"),
            enabled=True,
            attach_pdf=True,
            cc=[],
            actor=self.market.actor(),
            now=NOW,
        )

    def issue(self, count: int) -> None:
        """So many memos with their open jobs, and no other work."""
        from creditmemos import operations
        from creditmemos.domain.drafting import Details
        from tests.factories.world import NOW, VAT, charge, key

        charges = [charge("31.00", quantity="15", taxes=(VAT,)) for _ in range(self.lines)]
        for _ in range(count):
            operations.issue_ad_hoc(
                account=self.market.account(),
                beneficiary=self.market.acme,
                charges=charges,
                details=Details(reason_id=self.market.reason().pk, use="hold"),
                actor=self.market.actor(),
                now=NOW,
                key=key(),
            )
        OutboxJob.objects.open().exclude(handler=MAKE).update(done_at=database_now())

    def page(self) -> str:
        """The HTML and the data of one of them, for the bare sides."""
        from core.languages import first_of
        from documents.domain.kinds import kind_called
        from documents.templates import defaults

        self.issue(1)
        job = OutboxJob.objects.open().get(handler=MAKE)
        content = kind_called("credit_memo").content(int(job.payload["memo_id"]))
        language = first_of(content["languages"], defaults.languages())
        data = printing.present(content, kind="credit_memo", language=language)
        OutboxJob.objects.open().update(done_at=database_now())
        html = liquid.render(defaults.source("credit_memo", language), data)
        return json.dumps({"html": html, "data": data})


@dataclass(frozen=True)
class Turn:
    """Documents a second, and milliseconds of processor time that each took of anybody: PostgreSQL counts too."""

    rate: float
    cpu: float


def timed(count: int, do: Callable[[], None]) -> Turn:
    """What so many documents took."""
    before, began = spent(os.getpid()), time.perf_counter()
    do()
    took = time.perf_counter() - began
    return Turn(count / took, (spent(os.getpid()) - before) / count * 1000)


def bare(child: Child, way: str, count: int) -> Turn:
    """A turn of one of the limits."""

    def do() -> None:
        child.tell(f"{way} {count}")
        child.answer()

    return timed(count, do)


def real(market: Market, workers: list[Child], count: int, peaks: dict[str, float]) -> Turn:
    """A turn of the workers; ``peaks`` takes up how much memory they needed."""

    def do() -> None:
        for one in workers:
            one.tell("go")
        answers.extend(one.answer() for one in workers)

    market.issue(count)
    before = StoredDocument.objects.count()
    answers: list[dict[str, float]] = []
    turn = timed(count, do)
    assert sum(each["done"] for each in answers) == count == StoredDocument.objects.count() - before
    for name in ("peak", "renderer"):
        peaks[name] = max(peaks.get(name, 0), *(each[name] for each in answers))
    return turn


def spread(name: str, figures: list[float]) -> str:
    """The median and the ends."""
    return f"    {name:34} {statistics.median(figures):7.2f} ({min(figures):.2f} to {max(figures):.2f})"


def measure(lines: int, documents: int, rounds: int, *, profile: bool) -> None:
    """All sides in turn."""
    market = Market(lines)
    limit = Child(str(Path(__file__).with_name("bare_pdfs.py")), given=market.page())
    workers = [Child(__file__, "--work"), Child(__file__, "--work")]
    peaks: dict[str, float] = {}
    for one in workers:
        real(market, [one], 20, peaks)
    turns: dict[str, list[Turn]] = {name: [] for name in SIDES}
    for _round in range(rounds):
        hold_on(CORES[:1], os.getpid())
        turns["xhtml2pdf"].append(bare(limit, "html", documents))
        turns["one"].append(real(market, workers[:1], documents, peaks))
        turns["reportlab"].append(bare(limit, "drawing", documents))
        hold_on(CORES, os.getpid())
        for child, core in zip(workers, CORES, strict=True):
            hold_on([core], child.process.pid)
        turns["two"].append(real(market, workers, 2 * documents, peaks))
    if profile:
        market.issue(documents)
        workers[0].tell("profile")
        workers[0].answer()
    for child in (limit, *workers):
        child.close()
    print(f"{lines} lines, {documents} documents a turn, {rounds} rounds: median (least to most)")
    told(turns)
    print(f"    peak memory: worker {peaks['peak']:.0f} MiB, renderer {peaks['renderer']:.0f} MiB")


SIDES = {
    "reportlab": "bare ReportLab",
    "xhtml2pdf": "bare xhtml2pdf",
    "one": "real path, one worker, one core",
    "two": "real path, two workers, two cores",
}


def told(turns: dict[str, list[Turn]]) -> None:
    """Rates, processor time, and the ratios of each round."""
    for name, label in SIDES.items():
        rates, cpu = [turn.rate for turn in turns[name]], [turn.cpu for turn in turns[name]]
        print(f"{spread(label, rates)} a second; {statistics.median(cpu):.1f} ms of a core each")
    pairs = list(zip(turns["one"], turns["xhtml2pdf"], turns["two"], strict=True))
    print(spread("one worker / bare xhtml2pdf", [one.rate / html.rate for one, html, _two in pairs]))
    print(spread("the same by processor time", [html.cpu / one.cpu for one, html, _two in pairs]))
    print(spread("two workers / one worker", [two.rate / one.rate for one, _html, two in pairs]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[5, 40])
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--work", action="store_true")
    wanted = parser.parse_args()
    if wanted.work:
        worker()
        return
    for lines in wanted.lines:
        measure(lines, wanted.documents, wanted.rounds, profile=wanted.profile)


if __name__ == "__main__":
    main()
