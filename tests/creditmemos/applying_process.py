"""A process that applies and reverses credit on a database that others use at the same time.

`python -m tests.creditmemos.applying_process SEED STEPS` prints a line per committed step: what moved, in minor units.
With KILLED as the third word it ends in the middle of its last step, without a word to the database.
"""

import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

import django

django.setup()

from django.db import transaction  # noqa: E402

from core.actors import Actor  # noqa: E402
from core.errors import Refusal  # noqa: E402
from core.retry import retry  # noqa: E402
from creditmemos import operations  # noqa: E402
from creditmemos.domain.planning import Allocation  # noqa: E402
from creditmemos.models import Application, CreditMemo  # noqa: E402
from invoices.models import Invoice  # noqa: E402
from tests.factories.world import NOW  # noqa: E402

Work = Callable[[], list[Application] | Application]


def say(*words: object) -> None:
    """One line for whoever counts, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(seed: int, steps: int, *, killed: bool) -> None:
    """Apply, and now and then reverse what was applied here."""
    chance = random.Random(seed)
    memos = list(CreditMemo.objects.filter(internal_note="race").order_by("pk"))
    invoices = list(Invoice.objects.filter(account=memos[0].account_id, status="unpaid").order_by("pk"))
    actor = Actor(marketplace_id=memos[0].marketplace_id, label=f"process {seed}")
    mine: list[Application] = []
    for step in range(steps):
        key = f"{seed}-{step}"
        if mine and chance.random() < 0.3:
            work: Work = partial(
                operations.reverse, application=mine.pop(), reason="Test", actor=actor, now=NOW, key=key
            )
        else:
            row = Allocation(chance.choice(memos).pk, chance.choice(invoices).pk, chance.randint(1, 300))
            work = partial(operations.apply, allocations=[row], actor=actor, now=NOW, key=key)
        if killed and step == steps - 1:
            die_during(work)
        try:
            done = retry(work)
        except Refusal as refusal:
            say("refused", refusal.code)
        else:
            rows = done if isinstance(done, list) else [done]
            mine += [row for row in rows if row.amount > 0]
            say("moved", rows[0].amount)


def die_during(work: Work) -> NoReturn:
    """Do the work, and end before it is committed."""
    with transaction.atomic(), suppress(Refusal):
        work()
        os._exit(9)
    os._exit(9)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), killed="KILLED" in sys.argv)
