"""A file of events, usage and orders by turns, read into PostgreSQL: rows a second, and the memory that takes.

.venv/bin/python bench/event_import.py [--rows 1000000]
"""

import argparse
import resource
import tempfile
import time
from uuid import UUID

import throwaway

throwaway.prepare()

import billing_data  # noqa: E402

from billing.models import BillingEvent  # noqa: E402
from billing.operations import importing  # noqa: E402
from companies.models import Company  # noqa: E402
from ledger.models import BalanceAccount  # noqa: E402
from subscriptions.models import Subscription, SubscriptionTerms  # noqa: E402
from tests.factories.billing import plan, sells  # noqa: E402
from tests.factories.world import Market  # noqa: E402

COMPANIES = 5_000


def peak() -> float:
    """MiB that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def meter(market: Market) -> list[UUID]:
    """A metered subscription for each company; their UUIDs."""
    day = billing_data.JUNE
    of = plan(market, product="Meter", usage=("unit", [(None, "0.10")]))
    rows = Subscription.objects.bulk_create(
        Subscription(
            marketplace=market.marketplace, company_id=account.payer_id, account=account, product=of.edition.product,
            started_on=day, anchor=day, due_on=day, created_at=billing_data.NOW,
        )
        for account in BalanceAccount.objects.filter(marketplace=market.marketplace)
    )  # fmt: skip
    SubscriptionTerms.objects.bulk_create(
        SubscriptionTerms(subscription=row, position=1, key=f"subscription:{row.uuid}:1", kind="purchase",
                          day=day, plan=of, quantity=1, agreed_at=billing_data.NOW)
        for row in rows
    )  # fmt: skip
    return [row.uuid for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    wanted = parser.parse_args()
    market = billing_data.fill(COMPANIES)
    sells(market, "Traffic")
    sold = meter(market)
    billing_data.analyze()
    companies = list(Company.objects.filter(name__startswith="Customer").values_list("uuid", flat=True))
    content = tempfile.TemporaryFile()  # noqa: SIM115 - until the process ends
    content.write(b"key,kind,company,subscription,day,quantity,price,product\n")
    for number in range(wanted.rows):
        day = f"2026-06-{1 + number % 28:02}"
        if number % 2:
            line = f"row-{number},order,{companies[number * 7 % COMPANIES]},,{day},3,1.25,Traffic\n"
        else:
            line = f"row-{number},usage,,{sold[number * 7 % len(sold)]},{day},12.5,,\n"
        content.write(line.encode())
    size = content.tell()
    content.seek(0)
    row = importing.start_import(
        name="million.csv", content=content, size=size, actor=market.actor(), now=billing_data.NOW, key="bench"
    )
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
