"""``bin/offset appoint EMAIL MARKETPLACE ROLE``: repairs a marketplace that nobody can manage any more."""

import getpass
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.domain.roles import STAFF
from companies.models import Marketplace
from companies.operations.appointing import appoint
from core.actors import MACHINE
from core.errors import Refusal


class Command(BaseCommand):
    """Gives a person a role in the marketplace's own company; the audit log names the operator of the machine."""

    help = "Give a person a role in a marketplace's own company, for one that nobody can manage."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, where, as what."""
        parser.add_argument("email")
        parser.add_argument("marketplace", help="the marketplace's code")
        parser.add_argument("role", choices=[str(role) for role in STAFF])

    def handle(self, *_args: object, **options: Any) -> None:
        """Appoint, and say how the person signs in."""
        marketplace = Marketplace.objects.filter(code=options["marketplace"]).first()
        if marketplace is None:
            known = ", ".join(Marketplace.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no marketplace {options['marketplace']!r}. Known: {known}.")
        operator = f"{MACHINE} ({getpass.getuser()}@{socket.gethostname()})"[:200]
        try:
            membership = appoint(
                marketplace=marketplace,
                email=options["email"],
                role=options["role"],
                operator=operator,
                now=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        roles = ", ".join(membership.roles)
        self.stdout.write(f"{membership.user.email} has these roles in {membership.company.name} now: {roles}.")
        if membership.accepted_at is None:
            self.stdout.write("They count once the person accepts them: a mail with a link is on its way.")
