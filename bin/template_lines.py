"""Name the lines of templates that are too long to review. Usage: template_lines.py FILE..."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST = 160
"""Characters of a line."""


def long_lines(paths: Iterable[Path]) -> Iterator[str]:
    """Where each of them is, and how long."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if len(line) > MOST:
                yield f"{path}:{number}: {len(line)} characters in a line; break it at {MOST} or before"


def main() -> int:
    """Print them; 1 when there are any."""
    found = list(long_lines(map(Path, sys.argv[1:])))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
