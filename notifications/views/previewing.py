"""What a mail text comes to: with made-up figures, or with those of a document that the member sees."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.models import OutboxJob
from documents.domain.kinds import kind_called
from documents.renderer.rendering import RenderError, TemplateError
from notifications.domain.kinds import NotificationKind
from notifications.mail import defaults, samples, texts
from notifications.mail.texts import Source, Words

LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Preview:
    """The finished words, or why there are none."""

    words: Words | None = None
    problem: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing that a text may say, with a value as an example."""

    name: str
    sample: str
    inside: list["Variable"] = field(default_factory=list)


def preview(kind: NotificationKind, language: str, *, subject: str, body: str, number: str, member: Any) -> Preview:
    """Try the words; ``number`` names a document, empty for made-up figures."""
    data, about = samples.all_of(kind.name, language)[0], _("Sample figures")
    if number:
        found = _data_of(kind, language, number, member)
        if found is None:
            return Preview(problem=_("No document with the number %(n)s can have this mail.") % {"n": number})
        data, about = found, number
    try:
        return Preview(words=texts.write(Source(subject, body, ""), data), about=about)
    except TemplateError as error:
        line = _("Line %(n)s: %(problem)s") % {"n": error.line, "problem": error} if error.line else str(error)
        return Preview(problem=line, about=about)
    except RenderError as error:
        return Preview(problem=str(error), about=about)


def _data_of(kind: NotificationKind, language: str, number: str, member: Any) -> dict[str, Any] | None:
    if not kind.document:
        return None
    document_id = kind_called(kind.document).find(number, member)
    payload = kind.payload(document_id) if document_id is not None else None
    if payload is None:
        return None
    notice = kind.notice(OutboxJob(marketplace_id=member.marketplace.pk, topic=kind.topic, payload=payload))
    if notice is None:
        return None
    return samples.seen_by_text(
        notice.present(language),
        recipient=member.name,
        marketplace=member.marketplace.name,
        attached=kind.has_pdf,
        lock="",
    )


def variables(kind: NotificationKind, language: str) -> list[Variable]:
    """What a text of this kind may say, by name."""
    return _listed(samples.all_of(kind.name, language)[0], "")


def _listed(data: dict[str, Any], path: str) -> list[Variable]:
    found: list[Variable] = []
    for name, value in sorted(data.items()):
        if isinstance(value, dict):
            found += _listed(value, f"{path}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found.append(Variable(f"{path}{name}", "", _listed(value[0], "row.")))
        else:
            text = ", ".join(value) if isinstance(value, list) else _liquid(value)
            found.append(Variable(f"{path}{name}", text[:LONGEST_SAMPLE]))
    return found


def _liquid(value: object) -> str:
    """A value as Liquid writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def default_of(kind: NotificationKind, language: str) -> Source | None:
    """The product's own text; None for a language without one."""
    return texts.default_source(kind.name, language) if language in defaults.languages(kind.name) else None
