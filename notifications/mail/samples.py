"""What mail texts see, and documents to try them with: one with everything, one with whatever may be empty left out."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from core.printable import one_line
from documents.domain.kinds import Content
from documents.pdf import printing
from documents.templates.samples import bare, sample
from notifications.domain.kinds import kind_called
from notifications.mail import defaults
from notifications.models import Protection

RECIPIENT, MARKETPLACE = "Ines Huber", "Nordmarkt"


def documents(kind: str, **changes: Any) -> Callable[[str], list[dict[str, Any]]]:
    """What texts see of a full document of a kind, and of a bare one."""

    def present(language: str) -> list[dict[str, Any]]:
        full: Content = {**sample(kind, language), **changes}  # type: ignore[typeddict-item]
        return [printing.present(content, kind=kind, language=language) for content in (full, bare(full))]

    return present


def seen_by_text(
    data: Mapping[str, Any], *, recipient: str, marketplace: str, attached: bool, lock: str
) -> dict[str, Any]:
    """What a text may say: the kind's own data and what every mail knows."""
    return {
        **data,
        "recipient": one_line(recipient),
        "marketplace": one_line(marketplace),
        "link": settings.PUBLIC_URL,
        "attached": attached,
        "lock": lock,
    }


def all_of(kind: str, language: str) -> list[dict[str, Any]]:
    """Everything that a text of this kind may have to cope with: each sample, with a locked PDF and without one."""
    lock = defaults.lock_hint(Protection.TAX_NUMBER, language)
    return [
        seen_by_text(data, recipient=RECIPIENT, marketplace=MARKETPLACE, attached=is_attached, lock=hint)
        for data in kind_called(kind).samples(language)
        for is_attached, hint in ((True, lock), (False, ""))
    ]
