"""Looking at pages, and what came of it as lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from tests.access.people import PEOPLE
from tests.access.table import Page
from tests.access.world import Target, World
from tests.support.visits import Visitor
from tests.witnesses.plain import lines_of_page, without_ids

TEXTS = ("text/csv", "application/xml", "text/plain")


@dataclass
class Visits:
    """The world, whoever belongs to a letter, and the words that stand for texts that differ from day to day."""

    world: World
    people: dict[str, Visitor]
    words: dict[str, str]

    def get(self, letter: str, url: str, query: dict[str, str] | None = None) -> HttpResponseBase:
        """One visit, taken back at its end."""
        with transaction.atomic():
            answer: HttpResponseBase = self.people[letter].get(url, query or {})  # type: ignore[assignment]
            content_of(answer)
            transaction.set_rollback(True)
        return answer

    def things(self, page: Page) -> list[Target]:
        """What a page is about; one without things for those that need none."""
        return self.world.targets[page.kind] if page.kind else [Target("", {}, "".join(PEOPLE))]

    def seen(self, name: str, page: Page, query: dict[str, str] | None = None) -> Iterator[list[str]]:
        """What everybody sees of everything that they may see; those who see the same stand together."""
        for thing in self.things(page):
            url = reverse(name, kwargs=thing.kwargs)
            found: dict[tuple[str, ...], list[str]] = {}
            for letter in PEOPLE:
                if letter in thing.seen_by and letter in page.who and not thing.hollow:
                    shown = tuple(self.lines(letter, url, query))
                    found.setdefault(shown, []).append(PEOPLE[letter])
            for shown, who in found.items():
                yield [f"=== {', '.join(who)}: {thing.name}".rstrip(": "), *shown]

    def lines(self, letter: str, url: str, query: dict[str, str] | None = None) -> list[str]:
        """What one person sees."""
        found = lines_of(self.get(letter, url, query))
        return [reduce(lambda line, text: line.replace(text, self.words[text]), self.words, line) for line in found]


def content_of(answer: HttpResponseBase) -> bytes:
    """The body, read once when it comes in pieces."""
    if not isinstance(answer, HttpResponse):
        answer.witnessed = getattr(answer, "witnessed", None) or answer.getvalue()  # type: ignore[attr-defined]
        return bytes(answer.witnessed)  # type: ignore[attr-defined]
    return answer.content


def lines_of(answer: HttpResponseBase) -> list[str]:
    """The status and what the answer shows; of a file that is no text only its kind and name."""
    kind, content = answer.get("Content-Type", ""), content_of(answer)
    if "Location" in answer:
        return [f"{answer.status_code}, to {without_ids(answer['Location'])}"]
    first = " ".join([str(answer.status_code), kind.partition(";")[0], answer.get("Content-Disposition", "")]).strip()
    if kind.startswith("text/html"):
        return [str(answer.status_code), *lines_of_page(content)] if content.strip() else [str(answer.status_code)]
    if kind.startswith(TEXTS):
        return [first, *without_ids(content.decode("utf-8-sig")).replace("><", ">\n<").splitlines()]
    return [first]
