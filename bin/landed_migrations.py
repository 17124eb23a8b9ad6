"""The migrations that have landed, each with its SHA-256: none is renamed, edited or taken away any more.

Usage: landed_migrations.py            name what is not as it was
       landed_migrations.py --record   at a release: add those that are new since the last one
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = Path("tests", "upgrade", "migrations.txt")


def there(root: Path = ROOT) -> dict[str, str]:
    """The digest of each migration's file, by its path in the project."""
    files = sorted(root.glob("*/migrations/[0-9]*.py"))
    return {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def landed(root: Path = ROOT) -> dict[str, str]:
    """What was recorded at the last release."""
    lines = (root / RECORD).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def faults(root: Path = ROOT) -> Iterator[str]:
    """Sentences about landed migrations that are not as they were."""
    now = there(root)
    for name, digest in landed(root).items():
        if name not in now:
            yield f"{name} has landed and is gone: databases know it by this name"
        elif now[name] != digest:
            yield f"{name} has landed and was edited: databases ran it as it was; write another migration"


def main() -> int:
    """Tell the faults; record what is new when asked to, and only if there are none."""
    found = list(faults())
    if found:
        print(*found, sep="\n", file=sys.stderr)
    elif sys.argv[1:] == ["--record"]:
        lines = [f"{digest}  {name}\n" for name, digest in there().items()]
        (ROOT / RECORD).write_text("".join(lines), encoding="utf-8")
        print(f"{len(lines)} migrations are recorded")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
