"""What a phone leaves out of a table: figures and words that stand elsewhere too, never what one presses."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR) / "templates"
TABLE = re.compile(r'<table class="([^"]*\bledger\b[^"]*)"[^>]*>(.*?)</table>', re.DOTALL)
CELL = re.compile(r"<(td|th)\b([^>]*)>(.*?)</\1>", re.DOTALL)
CLASS = re.compile(r'class="([^"]*)"')
PRESSED = re.compile(r"<a\b|<button\b|<input\b|{% dialog_link|{% include")
TARGET = re.compile(r"{% url ['\"][^%]*%}")
NARROW = re.compile(r'class="narrow"(.*?)</div>', re.DOTALL)
LEFT_OUT = {"wide", "extra", "spare"}


def lost(template: str) -> list[str]:
    """The cells of a template with something to press that `stacked.css` or the theme hides on a phone."""
    found = []
    for css, body in TABLE.findall(template):
        instead = " ".join(NARROW.findall(body))
        for tag, attributes, cell in CELL.findall(body):
            words = {word for classes in CLASS.findall(attributes) for word in classes.split()}
            is_stacked = tag == "td" and "stacked" in css.split() and not any(word.startswith("at-") for word in words)
            if not PRESSED.search(cell) or not (is_stacked or words & LEFT_OUT):
                continue
            if not TARGET.findall(cell) or any(target not in instead for target in TARGET.findall(cell)):
                found.append(" ".join(cell.split()))
    return found


TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html") if "<table" in path.read_text("utf-8"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_one_presses_stays_on_a_phone(name: str) -> None:
    assert lost((ROOT / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("cell", "is_lost"),
    [
        ('<td class="num">{% dialog_link url "btn" %}Take off{% enddialog_link %}</td>', True),
        ('<td class="num at-br">{% dialog_link url "btn" %}Take off{% enddialog_link %}</td>', False),
        ('<td class="at-tl wide"><a href="#x">One</a></td>', True),
        ('<td class="num">1.00</td>', False),
        ("<td><button>Send</button></td>", True),
    ],
)
def test_what_is_left_out_is_found(cell: str, is_lost: bool) -> None:
    assert bool(lost(f'<table class="ledger stacked"><tr>{cell}</tr></table>')) is is_lost
