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
            still_true=notices.not_reversed,      # (waiting) -> None; raises NoLongerTrue when it is sent too late
            document="credit_memo",               # the kind of document that it is about
            enabled=False,                        # unless the marketplace decides otherwise
            has_pdf=False,                        # there is none that could go along
            to_staff=False,                       # managers and finance get it, not the payer's people
        )
    )

``notice`` runs outside any transaction. A kind that is about no document has an empty ``document``. Mails to staff
about their own work are of a ``StaffKind``: no setting is about them and nobody writes own texts for them. A kind needs
``default_templates/<name>.<language>.liquid`` in this app: the subject on the first line, then an empty line, then the
text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from notifications.domain.truth import StillTrue

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

    def with_attachment(self, stored_id: int | None) -> "Notice":
        """The same with this PDF."""
        return replace(self, attachment_id=stored_id)


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
    still_true: StillTrue
    document: str
    enabled: bool
    attach_pdf: bool = field(default=True)
    has_pdf: bool = field(default=True)
    has_xml: bool = field(default=False)
    follows: str = field(default="")
    """The kind of the mail that takes back what another one said: it is sent wherever that one went, else nowhere."""
    to_staff: bool = field(default=False)
    """Whether it goes to the marketplace's managers and finance, whatever audience of the payer is chosen."""
    purpose: str = field(default="")
    """The purpose of the PDF that it is about, where a person can have it mailed from the document's page."""


@dataclass(frozen=True, slots=True)
class StaffKind:
    """One kind of mail to the people who work for a marketplace."""

    name: str
    label: str | Promise
    still_true: StillTrue


_kinds: dict[str, NotificationKind] = {}
_staff: dict[str, StaffKind] = {}


def add(kind: NotificationKind) -> None:
    """Make a kind known; once per process, by ``notifications.handlers.mails.register``."""
    if kind.name in _kinds:
        raise ValueError(f"two kinds of mail are called {kind.name}")
    _kinds[kind.name] = kind


def add_staff(kind: StaffKind) -> None:
    """Make a kind of mail to staff known; once per process."""
    if kind.name in _kinds or kind.name in _staff:
        raise ValueError(f"two kinds of mail are called {kind.name}")
    _staff[kind.name] = kind


def kind_called(name: str) -> NotificationKind:
    """The registered kind. Raises KeyError."""
    return _kinds[name]


def all_kinds() -> list[NotificationKind]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def rule_of(name: str) -> StillTrue | None:
    """How a mail of this kind is asked whether it is still true; None for one that is not registered any more."""
    found = _kinds.get(name) or _staff.get(name)
    return found.still_true if found else None


def setting_of(name: str) -> NotificationKind | None:
    """The kind, where marketplaces decide about it; None for mails to staff and what is not registered any more."""
    return _kinds.get(name)


def about_pdf(document: str, purpose: str) -> NotificationKind | None:
    """The mail about the PDF of a kind of document, original or void copy; None where there is none."""
    found = (kind for kind in _kinds.values() if (kind.document, kind.purpose) == (document, purpose))
    return next(found, None)


def label_of(name: str) -> str:
    """What a kind is called; one that is not registered any more by its own name."""
    return str(labels().get(name, name))


def labels() -> dict[str, str | Promise]:
    """What each kind is called, by name; those to staff come last."""
    return {name: kind.label for name, kind in (_kinds | _staff).items()}
