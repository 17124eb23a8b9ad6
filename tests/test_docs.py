"""What the documents say of the code is there: every dotted name of ours in them can be imported, every file found."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = "api|billing|companies|config|core|creditmemos|documents|invoices|ledger|notifications|office|payments|subscriptions|web"
NAMED = re.compile(rf"`((?:{APPS})(?:\.\w+)+)`")
FILE = re.compile(rf"`((?:{APPS}|docs|bin|bench|tests|templates)/[\w/.-]+\.\w+)`")
PAGES = ["architecture.md", "walks.md", "adding.md", "glossary.md"]


def is_there(name: str) -> bool:
    """Whether the longest part that is a module has the rest as attributes."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for part in parts[size:]:
            if not hasattr(found, part):
                return part in getattr(found, "__annotations__", {})
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_what_a_document_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    names = sorted(set(NAMED.findall(text)))
    assert names, "a document that names nothing proves nothing"
    assert [name for name in names if not is_there(name)] == []
    assert [name for name in sorted(set(FILE.findall(text))) if not (ROOT / name).exists()] == []


def test_a_name_that_is_gone_is_found() -> None:
    assert is_there("core.locking.lock")
    assert not is_there("core.locking.unlock")
    assert not is_there("core.unlocking")
