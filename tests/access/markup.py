"""What the HTML of every page must be: marks that are closed, signs that are written out, forms that can be sent."""

import re
from html.parser import HTMLParser

AMPERSAND = re.compile(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#x[0-9a-fA-F]+);)")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
FIELDS = frozenset(["input", "select", "textarea"])


class Page(HTMLParser):
    """Reads one page or part of a page; ``problems`` are sentences."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.problems = [
            f"a raw & in {html[max(at.start() - 30, 0) : at.end() + 20]!r}" for at in AMPERSAND.finditer(html)
        ]
        self.open: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.buttons: set[int] = set()
        self.own: set[str] = set()
        self.inside: int | None = None
        self.cursors = 0
        self.feed(html)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]
        for at, form in enumerate(self.forms):
            if at not in self.buttons and form.get("id", "") not in self.own:
                self.problems.append(f"a form without a button that sends it: {form}")
        if self.cursors > 1:
            self.problems.append(f"{self.cursors} fields ask for the cursor")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is open, forms and what sends them."""
        had = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if "autofocus" in had:
            self.cursors += 1
        if tag == "form":
            if self.inside is not None:
                self.problems.append("a form inside a form")
            self.forms.append(had)
            self.inside = len(self.forms) - 1
        sends = had.get("type", "submit" if tag == "button" else "") in {"submit", "image"} and "disabled" not in had
        if tag in {"button", "input"} and sends:
            if "form" in had:
                self.own.add(had["form"])
            elif self.inside is not None:
                self.buttons.add(self.inside)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Parts of drawings close themselves."""
        if tag in FIELDS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]} in line {self.getpos()[0]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "form":
            self.inside = None
