"""What a marketplace decided about mails, and which mails there were about a document."""

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from core.models import AuditEntry
from notifications.kinds import NotificationKind, all_kinds, kind_called
from notifications.models import Delivery, NotificationSetting


@dataclass(frozen=True, slots=True)
class Decision:
    """How a kind of mail behaves in a marketplace."""

    enabled: bool
    attach_pdf: bool
    cc: tuple[str, ...] = ()


def decision_about(kind: NotificationKind, marketplace_id: int) -> Decision:
    """The marketplace's own decision, or the kind's default."""
    own = NotificationSetting.objects.filter(marketplace_id=marketplace_id, kind=kind.name).first()
    return _decision(kind, own)


def is_enabled(name: str, marketplace_id: int) -> bool:
    """Whether mails of this kind are sent in a marketplace."""
    return decision_about(kind_called(name), marketplace_id).enabled


def decisions(marketplace_id: int) -> dict[str, Decision]:
    """What holds for every kind, by name; one query."""
    own = {row.kind: row for row in NotificationSetting.objects.filter(marketplace_id=marketplace_id)}
    return {kind.name: _decision(kind, own.get(kind.name)) for kind in all_kinds()}


def _decision(kind: NotificationKind, own: NotificationSetting | None) -> Decision:
    if own is None:
        return Decision(kind.enabled, kind.attach_pdf)
    return Decision(own.enabled, own.attach_pdf, tuple(own.cc))


def last_changes(marketplace_id: int) -> dict[str, AuditEntry]:
    """The latest audit row about each kind that somebody decided about, by the kind's name; two queries."""
    about = AuditEntry.objects.filter(
        marketplace_id=marketplace_id, kind=NotificationSetting._meta.model_name, object_id=OuterRef("pk")
    )
    own = NotificationSetting.objects.filter(marketplace_id=marketplace_id)
    newest = dict(own.values_list("kind", Subquery(about.order_by("-pk").values("pk")[:1])))
    entries = AuditEntry.objects.in_bulk([pk for pk in newest.values() if pk is not None])
    return {name: entries[pk] for name, pk in newest.items() if pk is not None}


def deliveries_about(kind: str, document_id: int, marketplace_id: int) -> QuerySet[Delivery]:
    """The mails about one document, the newest first."""
    return Delivery.objects.filter(marketplace_id=marketplace_id, subject_kind=kind, subject_id=document_id).order_by(
        "-pk"
    )
