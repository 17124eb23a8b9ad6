#!/usr/bin/env python
"""Run a Django command; the commands that change the schema sign in as the database's owner."""

import os
import sys

OWNER_COMMANDS = {"migrate", "grant_app_role"}


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and sys.argv[1:2] and sys.argv[1] in OWNER_COMMANDS:
        os.environ["DATABASE_URL"] = owner
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
