"""A file of events read into PostgreSQL: rows a second, and the memory that takes.

.venv/bin/python bench/event_import.py [--rows 1000000]
"""

import argparse
import io
import resource
import time

import throwaway

throwaway.prepare()

import billing_data  # noqa: E402

from billing.models import BillingEvent  # noqa: E402
from billing.operations import importing  # noqa: E402
from companies.models import Company  # noqa: E402
from tests.factories.billing import sells  # noqa: E402

COMPANIES = 5_000


def peak() -> float:
    """MiB that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    wanted = parser.parse_args()
    market = billing_data.fill(COMPANIES)
    sells(market, "Traffic")
    names = list(Company.objects.filter(name__startswith="Customer").values_list("uuid", flat=True))
    content = io.BytesIO()
    content.write(b"key,kind,company,day,quantity,price,product\n")
    for number in range(wanted.rows):
        line = f"row-{number},order,{names[number * 7 % COMPANIES]},2026-05-{1 + number % 28:02},3,1.25,Traffic\n"
        content.write(line.encode())
    size = content.tell()
    content.seek(0)
    row = importing.start_import(
        name="million.csv", content=content, size=size, actor=market.actor(), now=billing_data.NOW
    )
    del content
    before, began = peak(), time.perf_counter()
    while importing.read_turn(import_id=row.pk, now=billing_data.NOW):
        print(f"    {time.perf_counter() - began:5.0f} s, {BillingEvent.objects.count()} events", flush=True)
    took = time.perf_counter() - began
    row.refresh_from_db()
    assert (row.rows, row.refused) == (wanted.rows, 0)
    print(
        f"{row.rows} rows, {size / 2**20:.0f} MiB: {took:.1f} s, {row.rows / took:.0f} rows/s, "
        f"peak {before:.0f} -> {peak():.0f} MiB"
    )


if __name__ == "__main__":
    main()
