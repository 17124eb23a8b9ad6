"""The kinds of mail: what causes one, whom it is for, and what its template may say.

An app registers a kind from ``AppConfig.ready``, and its mails are planned from then on::

    from notifications.domain.kinds import NotificationKind, Notice
    from notifications.handlers import mails

    mails.register(
        NotificationKind(
            name="credit_applied",                # also the name of its templates
            label=_("Credit applied"),
            about=_("Credit was used on invoices."),  # for the settings page
            topic="credit_memo.applied",           # the event that causes it
            notice=notices.credit_applied,        # (job) -> Notice | None; None: not about us
            samples=notices.applied_samples,      # (language) -> what notices present, made up, for the editor
            payload=notices.applied_payload,      # (document id) -> what its event would say, for the preview
            document="credit_memo",               # the kind of document that it is about
            enabled=False,                        # unless the marketplace decides otherwise
            has_pdf=False,                        # there is none that could go along
        )
    )

``notice`` runs outside any transaction. A kind needs ``default_templates/<name>.<language>.liquid`` in this app: the
subject on the first line, then an empty line, then the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from core.models import OutboxJob


@dataclass(frozen=True, slots=True)
class Notice:
    """One occasion for mail. ``present`` gives the template's plain texts in a language.

    ``company_id`` is the payer; ``user_id`` the billed user. ``subject_kind`` and ``subject_id`` name the document it
    is about and ``number`` is its number, ``facts`` are what conditions may ask (`notifications.domain.conditions`),
    ``languages`` the wishes in order, ``attachment_id`` the stored PDF that may go along.
    """

    company_id: int
    user_id: int | None
    subject_kind: str
    subject_id: int
    number: str
    facts: Mapping[str, str]
    languages: list[str]
    present: Callable[[str], dict[str, Any]]
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One kind of mail; see the module's text."""

    name: str
    label: str | Promise
    about: str | Promise
    topic: str
    notice: "Callable[[OutboxJob], Notice | None]"
    samples: Callable[[str], list[dict[str, Any]]]
    payload: Callable[[int], dict[str, Any] | None]
    document: str
    enabled: bool
    attach_pdf: bool = field(default=True)
    has_pdf: bool = field(default=True)
    has_xml: bool = field(default=False)
    waits_for: str | Promise = field(default="")
    """What has to come before anything causes it; empty when something does."""


_kinds: dict[str, NotificationKind] = {}
_WITHOUT_SETTING = {"acting_alone": gettext_lazy("Somebody acts alone")}
"""Mails that no setting is about, for the list of deliveries."""


def add(kind: NotificationKind) -> None:
    """Make a kind known; once per process, by ``notifications.handlers.mails.register``."""
    if kind.name in _kinds:
        raise ValueError(f"two kinds of mail are called {kind.name}")
    _kinds[kind.name] = kind


def kind_called(name: str) -> NotificationKind:
    """The registered kind. Raises KeyError."""
    return _kinds[name]


def all_kinds() -> list[NotificationKind]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def label_of(name: str) -> str:
    """What a kind is called; one that is not registered any more by its own name."""
    return str(_kinds[name].label) if name in _kinds else str(_WITHOUT_SETTING.get(name, name))


def labels() -> dict[str, str | Promise]:
    """What each kind is called, by name."""
    return {name: kind.label for name, kind in _kinds.items()}
