"""``bin/offset open_marketplace``: the first rows of a marketplace, and a link for its first manager."""

import getpass
import socket
import sys
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.domain.company_values import CompanyValues
from companies.models import Company, Marketplace, Membership
from companies.queries.links import Link
from core.actors import MACHINE
from core.errors import Refusal
from office.operations.opening import Opening, code_of, open_marketplace


class Question(NamedTuple):
    """An option, which is asked for where somebody sits at a terminal and left it out; None: it has to be said."""

    name: str
    text: str
    default: str | None = None
    choices: list[str] | None = None

    @property
    def option(self) -> str:
        """As it is typed."""
        return f"--{self.name.replace('_', '-')}"


LANGUAGES = ", ".join(code for code, _name in settings.LANGUAGES)
QUESTIONS = (
    Question("name", "Name of the marketplace"),
    Question("code", "Its short code (from the name)", ""),
    Question("currency", "Currency, by ISO 4217", "EUR"),
    Question("time_zone", "Time zone in which its days begin, such as Europe/Berlin"),
    Question("languages", f"Languages of its documents, the default first, of {LANGUAGES}", "en"),
    Question(
        "pipeline", "v2: credit memos; v1: credit is carried to the next invoice", "v2", Marketplace.Pipeline.values
    ),
    Question("operator", "Legal name of the company that runs it and sells"),
    Question("street", "Its street and number"),
    Question("postal_code", "Postal code", ""),
    Question("city", "City"),
    Question("country", "Country, by two letters as in DE"),
    Question("tax_number", "VAT identifier or tax number", ""),
    Question("billing_email", "Address that its customers may write to about bills", ""),
    Question("merchant", "Code of this merchant of record, at most 10 characters"),
    Question("manager", "E-mail address of the first manager"),
    Question("manager_name", "The manager's name"),
)


class Command(BaseCommand):
    """Opens a marketplace, once; asks at a terminal for what was not given."""

    help = "Open a marketplace: its settings, its own company as merchant of record, and its first manager."

    def add_arguments(self, parser: CommandParser) -> None:
        """Everything that is asked, as options."""
        for question in QUESTIONS:
            parser.add_argument(question.option, dest=question.name, help=question.text, choices=question.choices)
        parser.add_argument(
            "--print-link", action="store_true", help="print the manager's link here instead of mailing it"
        )

    def handle(self, *_args: object, **options: Any) -> None:
        """Open it, and say how the manager signs in."""
        said = {question.name: self._answer(question, options[question.name]) for question in QUESTIONS}
        machine = f"{MACHINE} ({getpass.getuser()}@{socket.gethostname()})"[:200]
        prints = options["print_link"]
        try:
            membership = open_marketplace(
                opening=opening_of(said), machine=machine, is_mailed=not prints, now=timezone.now()
            )
        except Refusal as refusal:
            option = next((each.option for each in QUESTIONS if each.name == refusal.field), "")
            raise CommandError(f"{option}: {refusal.message}" if option else refusal.message) from refusal
        self._tell(membership, prints=prints)

    def _answer(self, question: Question, given: str | None) -> str:
        """What was given, or what is typed now, or the default."""
        if given is not None:
            return given
        if sys.stdin.isatty():
            default = f" [{question.default}]" if question.default else ""
            typed = input(f"{question.text}{default}: ").strip()
            given = typed or question.default
        else:
            given = question.default
        if given is None:
            raise CommandError(f"{question.option} is missing: {question.text}.")
        return given

    def _tell(self, membership: Membership, *, prints: bool) -> None:
        company = membership.company
        self.stdout.write(f"{company.marketplace} is open. {company} sells there as {company.merchant}.")
        taxes = list(company.marketplace.tax_rules.all())
        table = ", ".join(f"{tax.name} {tax.percent} % in {tax.country}" for tax in taxes) or "empty"
        self.stdout.write(f"The tax table begins as: {table}. Please check it under Billing settings.")
        if membership.accepted_at is not None:
            self.stdout.write(f"{membership.user.email} has an account and signs in as before.")
        elif prints:
            self.stdout.write(f"{membership.name} sets a password here, once and within three days:")
            self.stdout.write(Link(membership.user, membership).address())
        else:
            self.stdout.write(f"A mail with a link to set a password is on its way to {membership.user.email}.")


def opening_of(said: dict[str, str]) -> Opening:
    """The answers as the operation takes them."""
    return Opening(
        code=said["code"] or code_of(said["name"]),
        name=said["name"],
        currency=said["currency"].upper(),
        time_zone=said["time_zone"],
        languages=said["languages"].replace(",", " ").split(),
        pipeline=said["pipeline"],
        operator=CompanyValues(
            kind=Company.Kind.OPERATOR,
            name=said["operator"],
            street=said["street"],
            postal_code=said["postal_code"],
            city=said["city"],
            country=said["country"],
            tax_number=said["tax_number"],
            billing_email=said["billing_email"],
        ),
        merchant=said["merchant"],
        manager=said["manager"],
        manager_name=said["manager_name"],
    )
