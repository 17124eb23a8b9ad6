#!/usr/bin/env python
"""Run a Django command; the commands that change the schema sign in as the database's owner."""

import os
import sys

OWNER_COMMANDS = {"migrate", "grant_app_role"}
WITHOUT_DATABASE = {"makemigrations", "build_icons"}
"""They work on the code alone, so no database need be named for them."""


def choose_database(command: str) -> None:
    """Let a command work on the database as its owner, or on none, before the settings are read."""
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and command in OWNER_COMMANDS:
        os.environ["DATABASE_URL"] = owner
    if command in WITHOUT_DATABASE:
        os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    choose_database(sys.argv[1] if sys.argv[1:] else "")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
