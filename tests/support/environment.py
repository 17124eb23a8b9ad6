"""The environment that the tests run in, set before Django reads its settings."""

import atexit
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.support.postgres import PostgresServer


def prepare() -> None:
    """Give the tests a data folder of their own, and PostgreSQL when `OFFSET_TEST_DATABASE=postgresql` asks for it.

    What is set already stays: a worker process of pytest-xdist takes all this over from the process that started it.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    _keep_bytecode()
    if "OFFSET_TEST_RUN" in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="offset-tests-")
    (Path(folder) / "static").mkdir()  # WhiteNoise warns when it is missing.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(
        OFFSET_TEST_RUN=f"{os.getpid()}_{int(time.time())}",
        OFFSET_DATA=folder,
        OFFSET_SECRET_KEY="a key for tests, known to everybody",
        OFFSET_HTTPS="no",
        OFFSET_DEMO="no",
        OFFSET_COLLECTED_STATIC="no",
        OFFSET_LOG_LEVEL="WARNING",
        OFFSET_CONNECTION_AGE="0",
        OFFSET_MAIL_FROM="billing@offset.example",
        OFFSET_ENV_FILE="",
        OFFSET_OWNER_ENV_FILE="",
    )
    os.environ.update(AWS_ACCESS_KEY_ID="a-key-for-tests", AWS_SECRET_ACCESS_KEY="known to everybody")
    for name in (
        "OFFSET_DOCUMENTS_STORAGE",
        "OFFSET_BROKER_URL",
        "OFFSET_SMTP_URL",
        "OFFSET_DOCUMENTS",
        "OFFSET_CJK_FONT",
        "DATABASE_OWNER_URL",
    ):
        os.environ.pop(name, None)
    if os.environ.get("OFFSET_TEST_DATABASE") == "postgresql" and not os.environ.get("DATABASE_URL"):
        server = PostgresServer()
        atexit.register(server.remove)
        server.start()
        os.environ["DATABASE_URL"] = server.url("postgres")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/offset.sqlite3")


def _keep_bytecode() -> None:
    """Compile each module once, also where the machine forbids to keep it: a run starts hundreds of processes."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
