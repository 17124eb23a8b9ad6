"""Compile the translations with Babel, where they are newer than their compiled form: no gettext is needed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_messages(folder: Path = ROOT / "locale") -> int:
    """Write the `.mo` beside each `.po` that changed, and give their number."""
    changed = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parent.parent.name)
        with target.open("wb") as compiled:
            write_mo(compiled, catalog)
        changed += 1
    return changed


if __name__ == "__main__":
    print(f"{compile_messages()} translations compiled")
