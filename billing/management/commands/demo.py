"""Fill an empty database with a demo: three marketplaces and half a year of documents, all made by operations."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from billing.management.demo_bank import give_bank_details
from billing.management.demo_billing import Billing
from billing.management.demo_books import Scenario
from billing.management.demo_payments import Money
from companies.models import Marketplace
from companies.queries.demo import PASSWORD, demo_people
from core.clock import database_now
from core.models import OutboxJob
from creditmemos.management.demo_parties import PLANS, make_market

SHARES = ((440, 180), (160, 70), (24, 0))
"""Invoices and memos per marketplace."""
PACE = timedelta(seconds=2)
"""Between two jobs of the demo, so that what people do meanwhile does not wait behind hundreds of them.

A PDF that somebody asks for is made at once, whenever its turn is.
"""


class Command(BaseCommand):
    help = "Fill an empty database with demo data, or list the demo's people with --people. Works in demo mode only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", action="store_true", help="print who can sign in")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data is made in demo mode only; set OFFSET_DEMO=yes.")
        if options["people"]:
            self._list_people()
        else:
            self._fill(timezone.now() - timedelta(hours=1))

    def _list_people(self) -> None:
        self.stdout.write(f"Everybody's password is {PASSWORD}")
        for person in demo_people():
            self.stdout.write(f"  {person.email:24} {person.role:20} {person.company} ({person.marketplace})")

    @transaction.atomic
    def _fill(self, end: datetime) -> None:
        if Marketplace.objects.exists():
            raise CommandError("This database is not empty.")
        made = 0

        def tick() -> None:
            nonlocal made
            made += 1
            if made % 100 == 0:
                self.stdout.write(f"  {made} documents")

        for plan, (invoices, memos) in zip(PLANS, SHARES, strict=True):
            random = Random(plan.code)  # noqa: S311 - the same demo every time, not a secret
            market = make_market(plan, random)
            scenario = Scenario(market, random, end, invoices=invoices, memos=memos)
            give_bank_details(scenario)
            scenario.tell(tick, Billing(scenario, Random(f"billing of {plan.code}"), end).errands())  # noqa: S311 - as above
            Money(scenario, end).tell()
        pace()


def pace() -> None:
    """Let the work after commit be done job by job, the latest documents first."""
    jobs = list(OutboxJob.objects.order_by("-pk"))
    now = database_now()
    for place, job in enumerate(jobs):
        job.next_at = now + PACE * place
    OutboxJob.objects.bulk_update(jobs, ["next_at"], batch_size=200)
