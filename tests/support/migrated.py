"""The migrated database is made once: on SQLite kept until the product changes, on PostgreSQL for one run of tests.

Migrating takes 20 s of processor time, and every process of every run of tests needs a migrated database.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".pytest_cache" / "migrated"
KEPT = 3
"""So many are kept, for as many branches."""
ENDINGS = {".py", ".sql", ".html", ".json", ".liquid", ".txt", ".toml"}
ELSEWHERE = {"bench", "bin", "deploy", "docs", "locale", "static", "templates", "tests", "var"}
ABOVE = {
    "urls", "views", "forms", "filters", "tables", "handlers", "tasks", "management", "approvals", "operations", "queries",
    "labels", "mail", "mails", "printing", "archives", "einvoice", "pdf", "renderer", "storage", "rating", "verification",
}  # fmt: skip
"""Rooms that neither migrations nor what follows them ask for anything, but for one module:"""
RELEASES = "documents/operations/releases.py"


def fingerprint() -> str:
    """Changes with everything that a migrated database may depend on."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(_files()):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:24]


def _files() -> Iterator[Path]:
    yield from (ROOT / "requirements.txt", ROOT / "manage.py")
    for folder in ROOT.iterdir():
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in ELSEWHERE:
            for path in folder.rglob("*"):
                if path.suffix in ENDINGS and counts(path.relative_to(ROOT)):
                    yield path


def counts(path: Path) -> bool:
    """Whether a migrated database may depend on a file of the product; the path is one from its root."""
    return path.as_posix() == RELEASES or not {path.stem, *path.parts} & ABOVE


def copy_kept(to: str, make: Callable[[str], None]) -> None:
    """Copy the kept SQLite file; ``make`` it at a path first when there is none for the product as it is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{fingerprint()}.sqlite3"
    with one_at_a_time():
        if not kept.exists():
            draft = kept.with_suffix(f".{os.getpid()}")
            make(str(draft))
            draft.rename(kept)
            for old in sorted(FOLDER.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
        os.utime(kept)
        shutil.copyfile(kept, to)


@contextmanager
def one_at_a_time(folder: Path = FOLDER) -> Iterator[None]:
    """Let the processes of this checkout, or those that know another folder, take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
