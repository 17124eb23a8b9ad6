"""What the product says to people, in the words of the trade: every message id of code and templates, read at once."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OTHER = {"tests", "bench", "bin", ".venv", "var", "node_modules"}
"""Folders without words for people."""
KIND_OF_COMPANY = {"companies/labels.py", "companies/models/company.py"}
"""Where "Customer" is a kind of company; beside a company's name the person is the billed user."""

TAG = re.compile(r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")
ARGUMENT = re.compile(r"""_\((?:"([^"]*)"|'([^']*)')\)""")
BLOCK = re.compile(r"{%\s*blocktranslate\b.*?%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)
PLURAL = re.compile(r"{%\s*plural\s*%}")

WHOLE = {
    "Sums": "Totals",
    "Facts": "Details",
    "Left": "Remaining",
    "State": "Status",
    "Took": "Duration",
    "Owed to": "Merchant",
    "Can be chosen": "Active",
    "Not taken": "Rejected",
    "Repeated": "Already imported",
    "Nobody.": "what to do instead",
    "None that nobody has seen.": "No new exceptions.",
    "Asks to": "Request, or Action",
}
"""Message ids that say too little, and what to say."""

PARTS = {
    r"\bwhoever\b": "the person who …",
    r"\beverybody who\b": "the people by their name",
    r"\b(?:Void|Undo|Hold|Release|Reverse|Discard|Divide|Strike|Close|Write|Take)(?: \w+)? (?:it|them)(?: all| away| off)?$": "what happens to what: Void credit memo, Release hold",
    r"\bundo and void\b": "Reverse and void",
    r"\bfollow the marketplace\b": "Apply automatically",
    r"\bsecond person (?:above|is asked|will be asked|has to agree|agrees)\b": "Sent for approval, Approval limit",
    r"\bwaits? (?:for|until) (?:a second person|approval)": "is awaiting approval",
    r"\bplease look at th": "There is a problem, {{ n }} problems to fix",
    r"\bis saved and sent\b": "Saved. This mail is now on.",
    r"\bover (?:%\(|{{)": "for EUR 119.00",
    r"\bfor good\b": "permanently",
    r"\bprice of one\b": "Unit price",
    r"\bopen dues\b": "Balance due",
    r"\bfailed work\b|\bpieces? of work\b": "Failed jobs",
    r"\blooks? after the bills\b": "Billing contacts",
    r"\bwork(?:ed|s)? (?:it )?out\b": "Calculate",
    r"\blook again\b": "Refresh",
    r"\bwhat waits\b": "what it is: events, requests",
    r"\bstays? taken\b": "is not reused",
    r"\bchange? (?:that )?it is about is not there\b": "Original charge not found",
    r"\bsigns? of life\b": "report",
    r"\btaken back\b|\btaken? away\b": "reversed, removed",
    r"\bused on\b": "applied to",
    "\N{RIGHT SINGLE QUOTATION MARK}": "a straight apostrophe",
}
"""What no message id holds, in any case, and what to say."""

Said = tuple[str, str]
"""A file below the root, and a message id in it."""


def in_code(path: Path) -> Iterator[str]:
    """The strings that a module gives to gettext."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def in_template(path: Path) -> Iterator[str]:
    """The strings that a template translates; of a plural both."""
    text = path.read_text(encoding="utf-8")
    for found in (TAG.findall(text), ARGUMENT.findall(text)):
        yield from (one or other for one, other in found)
    for block in BLOCK.findall(text):
        yield from (" ".join(form.split()) for form in PLURAL.split(block))


def said() -> set[Said]:
    """All that the product says, with the file that says it."""
    found = set()
    for path in (*ROOT.glob("*/**/*.py"), *ROOT.glob("templates/**/*.html")):
        name = path.relative_to(ROOT)
        if name.parts[0] not in OTHER and "migrations" not in name.parts:
            found |= {(str(name), text) for text in (in_code if path.suffix == ".py" else in_template)(path)}
    return found


def faults(words: set[Said]) -> set[str]:
    """What is said in words that the trade does not use: where, what, and what to say."""
    found = set()
    for name, text in words:
        better = [say for part, say in PARTS.items() if re.search(part, text, re.IGNORECASE)]
        better += [WHOLE[text]] if text in WHOLE else []
        better += ["Billed user"] if text == "Customer" and name not in KIND_OF_COMPANY else []
        found |= {f"{name} says “{text}”; say: {say}" for say in better}
    return found


def test_the_product_speaks_as_finance_does() -> None:
    words = said()
    assert len({text for _name, text in words}) > 2000
    assert {("creditmemos/views/verbs.py", "Void credit memo"), ("templates/creditmemos/_sums.html", "Totals")} <= words
    assert faults(words) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Sums", "Left", "Void it", "Write it off", "Void them all", "Undo and void it", "Follow the marketplace",
        "A second person above", "A second person is asked to void %(invoice)s.", "Closing waits for a second person.",
        "Please look at these {{ n }} points", "%(memo)s over %(amount)s is issued.", "It ends for good.",
        "Enter the price of one.", "Failed work", "Work it out", "Look again", "Nobody.", "Bill what waits of a file",
        "Whoever asked for this", "Everybody who looks after the bills", "The number stays taken.", "Customer", "It can\N{RIGHT SINGLE QUOTATION MARK}t be read.",
    ],
)  # fmt: skip
def test_the_old_words_are_found(text: str) -> None:
    assert len(faults({("web/pages.py", text)})) >= 1
    assert faults({("companies/labels.py", "Customer"), ("web/pages.py", "Void credit memo")}) == set()
