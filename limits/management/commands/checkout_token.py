"""Make a token for a checkout on the machine: ``bin/offset checkout_token MARKETPLACE NAME``; or revoke one."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.models import Marketplace
from core.actors import MACHINE, Actor
from core.errors import Refusal
from limits.models import CheckoutToken
from limits.operations import make_token, revoke_token


class Command(BaseCommand):
    """Prints the token, which nobody can read again."""

    help = "Make a checkout token of a marketplace, shown once; with --revoke, end the one of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("marketplace", help="its code")
        parser.add_argument("name", help="which checkout uses it")
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *_args: object, marketplace: str, name: str, revoke: bool, **_options: object) -> None:
        """Make or revoke it."""
        found = Marketplace.objects.filter(code=marketplace).first()
        if found is None:
            raise CommandError(f"There is no marketplace {marketplace}.")
        actor, now = Actor(marketplace_id=found.pk, label=MACHINE), timezone.now()
        try:
            if revoke:
                rows = CheckoutToken.objects.filter(marketplace=found, name=name, revoked_at__isnull=True)
                token = rows.first()
                if token is None:
                    raise CommandError(f"No token called {name} works.")
                revoke_token(token=token, actor=actor, now=now)
                self.stdout.write(f"{name} is revoked.")
                return
            _token, text = make_token(name=name, actor=actor, now=now)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(text)
