"""What a marketplace decided about mails, and which mails there were about a document."""

from dataclasses import dataclass

from django.db.models import QuerySet

from notifications.kinds import NotificationKind
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
    if own is None:
        return Decision(kind.enabled, kind.attach_pdf)
    return Decision(own.enabled, own.attach_pdf, tuple(own.cc))


def deliveries_about(kind: str, document_id: int, marketplace_id: int) -> QuerySet[Delivery]:
    """The mails about one document, the newest first."""
    return Delivery.objects.filter(marketplace_id=marketplace_id, subject_kind=kind, subject_id=document_id).order_by(
        "-pk"
    )
