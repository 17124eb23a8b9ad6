"""Django's ``createsuperuser``, which has nothing to create here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Says how people get their rights instead."""

    help = "Refused: nobody is a superuser here. Use open_marketplace or appoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whatever Django's own takes, so that it is refused in these words and no others."""
        for name in ("--email", "--username", "--database"):
            parser.add_argument(name)
        parser.add_argument("--noinput", "--no-input", action="store_true")

    def handle(self, *_args: object, **_options: Any) -> None:
        """Refuse."""
        raise CommandError(
            "Offset has no superusers: all rights come from roles in a company. For a new marketplace and its first"
            " manager use open_marketplace; for a marketplace that nobody can manage any more use appoint."
        )
