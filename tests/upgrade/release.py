"""What an earlier release left, as it is kept in a folder beside: a database of each engine, its files, and facts."""

import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

FOLDER = Path(__file__).with_name("c5753ba")


def facts(vendor: str) -> dict[str, Any]:
    """What that release said itself: ``access`` of each member, and ``links`` to first passwords that were open."""
    found: dict[str, Any] = json.loads((FOLDER / f"{vendor}-facts.json").read_text())
    return found


def write_sqlite(path: Path) -> None:
    """Write its SQLite file."""
    path.write_bytes(lzma.decompress((FOLDER / "sqlite.xz").read_bytes()))


def write_postgresql(url: str) -> None:
    """Fill an empty database; the script of ``pg_dump`` is read here, since a machine that tests may have no psql."""
    script = lzma.decompress((FOLDER / "postgresql.sql.xz").read_bytes()).decode()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for statement, rows in _parts(script):
            if rows is None:
                cursor.execute(statement)
            else:
                with cursor.copy(statement) as stream:
                    stream.write(rows)


def write_files(vendor: str, folder: Path) -> None:
    """Write what it stored: ``documents`` and ``media``."""
    with tarfile.open(FOLDER / f"{vendor}-files.tar.xz") as archive:
        archive.extractall(folder, filter="data")


def _parts(script: str) -> Iterator[tuple[str, str | None]]:
    """Statements between two blocks of COPY as one text, and each block as its statement and its rows."""
    pending: list[str] = []
    lines = iter(script.splitlines(keepends=True))
    for line in lines:
        if not line.startswith("COPY ") or not line.rstrip().endswith("FROM stdin;"):
            pending.append(line)
            continue
        yield "".join(pending), None
        pending.clear()
        rows: list[str] = []
        for row in lines:
            if row.rstrip("\n") == "\\.":
                break
            rows.append(row)
        yield line.rstrip().rstrip(";"), "".join(rows)
    yield "".join(pending), None
