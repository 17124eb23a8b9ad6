"""Bring the data folder to the state that the servers need: translations, static files and, in a demo, its data."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from messages import ROOT, compile_messages

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command, get_commands  # noqa: E402

from core.versions import note_static_files  # noqa: E402

PEOPLE = "demo-people.txt"


def step(title: str, work: Callable[[], object]) -> None:
    """Do one step and say how long it took."""
    started = time.monotonic()
    print(f"{title} ...", flush=True)
    work()
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


def demo() -> None:
    """Fill an empty database with the demo, and keep the list of its people for the terminal."""
    if not apps.get_model("companies", "Marketplace").objects.exists():
        step("Making the demo data", lambda: call_command("demo"))
    with Path(settings.DATA_DIR, PEOPLE).open("w", encoding="utf-8") as people:
        call_command("demo", "--people", stdout=people)


def main() -> None:
    """Run the steps in order."""
    compile_messages()
    step("Collecting static files", lambda: call_command("collectstatic", interactive=False, verbosity=0))
    note_static_files()
    if settings.DEMO and "demo" in get_commands():
        demo()


if __name__ == "__main__":
    main()
