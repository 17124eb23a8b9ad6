"""What a marketplace decided about mails, its own texts, and which mails there were about a document."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Min, OuterRef, QuerySet, Subquery

from core.models import AuditEntry
from notifications.domain.kinds import NotificationKind, all_kinds, kind_called
from notifications.models import Audience, Delivery, MailTemplate, NotificationSetting

EVERYBODY = tuple(Audience.values)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a kind of mail behaves in a marketplace; ``phrase`` is never shown, logged or mailed."""

    enabled: bool
    attach_pdf: bool
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = EVERYBODY
    attach_xml: bool = False
    protection: str = ""
    phrase: str = field(default="", repr=False)


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
    return Decision(
        enabled=own.enabled,
        attach_pdf=own.attach_pdf,
        cc=tuple(own.cc),
        audience=tuple(role for role in EVERYBODY if role in own.audience),
        attach_xml=own.attach_xml,
        protection=own.protection,
        phrase=own.phrase,
    )


def last_changes(marketplace_id: int) -> dict[str, AuditEntry]:
    """The latest audit row about each kind that somebody decided about, by the kind's name; two queries."""
    about = AuditEntry.objects.filter(
        marketplace_id=marketplace_id, kind=NotificationSetting._meta.model_name, object_id=OuterRef("pk")
    )
    own = NotificationSetting.objects.filter(marketplace_id=marketplace_id)
    newest = dict(own.values_list("kind", Subquery(about.order_by("-pk").values("pk")[:1])))
    entries = AuditEntry.objects.select_related("person").in_bulk([pk for pk in newest.values() if pk is not None])
    return {name: entries[pk] for name, pk in newest.items() if pk is not None}


def own_texts(marketplace_id: int, kind: str = "") -> QuerySet[MailTemplate]:
    """The marketplace's own texts, of one kind or of all, in the order in which they are tried."""
    found = MailTemplate.objects.filter(marketplace_id=marketplace_id)
    return (found.filter(kind=kind) if kind else found).order_by("kind", "language", "priority", "pk")


def texts_in_use(marketplace_id: int, kind: str) -> dict[str, list[MailTemplate]]:
    """The enabled ones by language, in order; one query."""
    found: dict[str, list[MailTemplate]] = defaultdict(list)
    for each in own_texts(marketplace_id, kind).filter(enabled=True):
        found[each.language].append(each)
    return found


def deliveries_about(kind: str, document_id: int, marketplace_id: int) -> QuerySet[Delivery]:
    """The mails about one document, the newest first."""
    return Delivery.objects.filter(marketplace_id=marketplace_id, subject_kind=kind, subject_id=document_id).order_by(
        "-pk"
    )


def went_to(mail: str, document: str, document_id: int, marketplace_id: int) -> QuerySet[Delivery]:
    """The mails of one kind about a document that were taken by a mail server, or are on their way to it."""
    went = {Delivery.State.SENT, Delivery.State.QUEUED, Delivery.State.RETRYING}
    return deliveries_about(document, document_id, marketplace_id).filter(kind=mail, state__in=went, is_test=False)


def mailed_at(kind: str, document_id: int, marketplace_id: int) -> datetime | None:
    """When the first mail about a document was taken by the mail server; None while there was none."""
    sent = deliveries_about(kind, document_id, marketplace_id).filter(state=Delivery.State.SENT, is_test=False)
    first: datetime | None = sent.order_by().aggregate(first=Min("sent_at"))["first"]
    return first
