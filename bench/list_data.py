"""A million credit memos by COPY: the rows only, as lists read nothing else."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from companies.models import Company, MerchantOfRecord, User
from creditmemos.models import CreditReason
from documents.models import NumberSeries
from ledger.models import BalanceAccount
from tests.factories.world import make_market

COMPANIES = 20_000
DAYS = 1_500
SOURCES = ("automatic", "ad_hoc")
FIRST = date(2022, 1, 1)
BATCH = 50_000
WORDS = ("Alpen", "Berg", "Delta", "Fluss", "Garten", "Hafen", "Insel", "Kessel", "Linden", "Moos")
COLUMNS = (
    "marketplace_id", "account_id", "merchant_id", "payer_id", "beneficiary_id", "currency", "payer_name",
    "billed_user_name", "number", "series_id", "sequence", "document_date", "issue_date", "effective_date", "language",
    "frozen", "net", "tax", "total", "created_at", "issued_at", "voided_at", "void_reason", "status", "source", "use",
    "on_hold", "reason_id", "reason_note", "internal_note", "customer_note", "applied", "paid_out", "payout_pending",
    "written_off", "balance", "close_reason", "tax_by",
    "counts_as", "afterwards",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """Who looks, and the values that queries and statements use."""

    manager: User
    values: dict[str, object]


def fill(address: str, memos: int) -> Facts:
    """Write companies, accounts and memos of one marketplace, then indexes' statistics."""
    market = make_market("bench")
    marketplace, merchant = market.marketplace, market.merchant
    chance = random.Random(7)
    Company.objects.bulk_create(
        (
            Company(marketplace=marketplace, name=f"{'Nord' if n % 5 == 0 else chance.choice(WORDS)} k{n:05}")
            for n in range(COMPANIES)
        ),
        batch_size=2_000,
    )
    companies = list(Company.objects.filter(marketplace=marketplace, name__contains=" k").values_list("pk", "name"))
    BalanceAccount.objects.bulk_create(
        (
            BalanceAccount(marketplace=marketplace, merchant=merchant, payer_id=pk, currency=marketplace.currency)
            for pk, _name in companies
        ),
        batch_size=2_000,
    )
    accounts = dict(BalanceAccount.objects.filter(marketplace=marketplace).values_list("payer_id", "pk"))
    series = NumberSeries.objects.create(
        marketplace=marketplace, merchant=merchant, kind="credit_memo", first_number=1, range_start=1, last_number=0
    )
    reasons = [CreditReason.objects.create(marketplace=marketplace, code=f"r{n}").pk for n in range(6)]
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        # Triggers would look at every row; what they guard is not what is measured. CHECKs stay on.
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(f"COPY creditmemos_creditmemo ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for n in range(1, memos + 1):
                payer, name = companies[chance.randrange(COMPANIES)]
                row = _memo(n, memos, payer, name, accounts[payer], merchant, series.pk, reasons, chance)
                copy.write_row(row)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    middle = FIRST + timedelta(days=DAYS // 2)
    return Facts(
        market.user("manager"),
        {
            "market": marketplace.pk,
            "one": "k05007",
            "one_like": "%k05007%",
            "first_day": middle,
            "last_day": middle + timedelta(days=30),
        },
    )


def _memo(
    n: int, memos: int, payer: int, name: str, account: int, merchant: MerchantOfRecord, series: int,
    reasons: list[int], chance: random.Random,
) -> tuple[object, ...]:  # fmt: skip
    day = FIRST + timedelta(days=n * DAYS // memos)
    total = chance.randrange(100, 500_000)
    status = chance.choices(
        ("unapplied", "partially_applied", "fully_applied", "voided", "closed"), (40, 15, 38, 4, 3)
    )[0]
    applied = {"partially_applied": total // 3, "fully_applied": total}.get(status, 0)
    written_off = total if status == "closed" else 0
    balance = 0 if status == "voided" else total - applied - written_off
    voided = day if status == "voided" else None
    return (
        merchant.marketplace_id, account, merchant.pk, payer, payer, "EUR", name, "", f"CM-{n:07}", series, n, day, day,
        day, "en", "{}", total, 0, total, day, day, voided, "", status, chance.choice(SOURCES), "follow",
        False, chance.choice(reasons), "", "", "", applied, 0, 0, written_off, balance, "", "line", "price", "",
    )  # fmt: skip
