"""The words of a mail: which text is used, what it sees, and whether it can be used at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.printable import printable
from documents.renderer import rendering
from documents.renderer.rendering import RendererDied, RenderError, TemplateError
from notifications.domain import conditions
from notifications.mail import defaults, samples
from notifications.models import MailTemplate

LONGEST_SUBJECT = 250
"""Characters of a finished subject."""
LONGEST_SOURCE = {"subject": 500, "body": 16_000}
"""Characters of the sources."""


@dataclass(frozen=True, slots=True)
class Words:
    """A finished mail's words, in plain text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Source:
    """The Liquid sources of a mail, and where they come from: an own text in one of its versions, or the default."""

    subject: str
    body: str
    version: str
    template: MailTemplate | None = None


@dataclass(frozen=True, slots=True)
class CheckedText:
    """Sources that were rendered with all samples of their kind and language; only ``checked`` makes one."""

    kind: str
    language: str
    subject: str
    body: str


def default_source(kind: str, language: str) -> Source:
    """The product's own text. Raises FileNotFoundError for a kind or language without one."""
    text = defaults.template(kind, language)
    return Source(text.subject, text.body, text.version)


def choose(own: Iterable[MailTemplate], facts: Mapping[str, str], default: Source) -> Source:
    """The first own text whose conditions all hold, else the default."""
    for each in own:
        try:
            is_meant = all(condition.holds(facts) for condition in conditions.conditions(each.conditions))
        except conditions.Unusable:
            continue  # Kept by a version that knew more parameters.
        if is_meant:
            return Source(each.subject, each.body, f"own-{each.pk}-{each.version}", each)
    return default


def write(source: Source | CheckedText, data: dict[str, Any]) -> Words:
    """The words, by the renderer process. Raises RenderError; call it outside any transaction."""
    made = rendering.render_texts({"subject": source.subject, "body": source.body}, data)
    return Words(subject_line(made["subject"]), made["body"])


def subject_line(text: str) -> str:
    """A header's text: no control characters, line breaks or reading-direction marks."""
    return " ".join(printable(text).split())[:LONGEST_SUBJECT]


def checked(kind: str, language: str, *, subject: str, body: str) -> CheckedText:
    """The sources, after they could be written with every sample. Raises InvalidInput, its message with the line.

    Asks the renderer process, so call it outside any transaction.
    """
    sources = {"subject": subject.strip(), "body": "\n".join(body.strip().splitlines()) + "\n"}
    for name, source in sources.items():
        if not source.strip():
            raise InvalidInput(_("Enter a text."), field=name)
        if len(source) > LONGEST_SOURCE[name]:
            raise InvalidInput(_("Enter at most %(n)s characters.") % {"n": LONGEST_SOURCE[name]}, field=name)
    for data in samples.all_of(kind, language):
        for name, source in sources.items():
            written = _try(name, source, data)
            if name == "subject" and not subject_line(written):
                raise InvalidInput(_("This subject can come out empty."), field=name)
    return CheckedText(kind, language, sources["subject"], sources["body"])


def _try(name: str, source: str, data: dict[str, Any]) -> str:
    try:
        return rendering.render_texts({name: source}, data)[name]
    except RendererDied as error:
        raise InvalidInput(_("The text could not be tried just now. Please try again."), field=name) from error
    except TemplateError as error:
        text = _("Line %(n)s: %(problem)s") % {"n": error.line, "problem": error} if error.line else str(error)
        raise InvalidInput(text, field=name) from error
    except RenderError as error:
        raise InvalidInput(str(error), field=name) from error
