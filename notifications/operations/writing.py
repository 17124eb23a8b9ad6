"""The marketplace's own mail texts: written, changed, switched on and off; never deleted, as mails name them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Missing, Refusal
from core.locking import lock
from notifications.domain.conditions import MOST, Condition
from notifications.mail.texts import CheckedText
from notifications.models import MailTemplate, MailTemplateVersion

LONGEST_NAME = 80
HIGHEST_PRIORITY = 9999
MOST_TEXTS = 100
"""Own texts of one kind and language."""


class NameTaken(Refusal):
    """Two texts of a language are told apart by their names."""

    code = "mail_text_name_taken"
    text = gettext_lazy("Another text in this language has this name.")


@transaction.atomic
def add_text(
    *,
    text: CheckedText,
    name: str,
    priority: int,
    enabled: bool,
    conditions: Sequence[Condition],
    actor: Actor,
    now: datetime,
) -> MailTemplate:
    """Add one of the marketplace's own texts, in its first version. Raises InvalidInput or NameTaken."""
    others = MailTemplate.objects.filter(marketplace_id=actor.marketplace_id, kind=text.kind, language=text.language)
    if len(lock(others)) >= MOST_TEXTS:
        raise InvalidInput(_("There are already %(n)s texts. Change one of them.") % {"n": MOST_TEXTS}, field="name")
    made = MailTemplate(marketplace_id=actor.marketplace_id, kind=text.kind, language=text.language, version=0)
    _fill(made, name=name, priority=priority, enabled=enabled, conditions=conditions, now=now)
    _say(made, text)
    made.save(force_insert=True)
    _keep_version(made, actor, now)
    audit.record(actor=actor, verb="mail_text.added", now=now, obj=made, after=_told(made))
    return made


@transaction.atomic
def change_text(
    *,
    template: MailTemplate,
    text: CheckedText,
    name: str,
    priority: int,
    enabled: bool,
    conditions: Sequence[Condition],
    actor: Actor,
    now: datetime,
) -> MailTemplate:
    """Change one of the own texts; other words are a new version. Raises InvalidInput, NameTaken or Missing."""
    rows = MailTemplate.objects.filter(marketplace_id=actor.marketplace_id, pk=template.pk)
    found = next(iter(lock(rows)), None)
    if found is None or (found.kind, found.language) != (text.kind, text.language):
        raise Missing(_("This text no longer exists."))
    before = _told(found)
    _fill(found, name=name, priority=priority, enabled=enabled, conditions=conditions, now=now)
    if (found.subject, found.body) != (text.subject, text.body):
        _say(found, text)
        _keep_version(found, actor, now)
    if _told(found) != before:
        found.save()
        audit.record(actor=actor, verb="mail_text.changed", now=now, obj=found, before=before, after=_told(found))
    return found


def _fill(
    template: MailTemplate, *, name: str, priority: int, enabled: bool, conditions: Sequence[Condition], now: datetime
) -> None:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(_("Enter a name of at most %(n)s characters.") % {"n": LONGEST_NAME}, field="name")
    if not 0 <= priority <= HIGHEST_PRIORITY:
        raise InvalidInput(_("Enter a number from 0 to %(n)s.") % {"n": HIGHEST_PRIORITY}, field="priority")
    if len(conditions) > MOST:
        raise InvalidInput(_("At most %(n)s conditions fit.") % {"n": MOST})
    same = MailTemplate.objects.filter(
        marketplace_id=template.marketplace_id, kind=template.kind, language=template.language, name=name
    )
    if same.exclude(pk=template.pk).exists():
        raise NameTaken(field="name")
    template.name, template.priority, template.enabled = name, priority, enabled
    template.conditions = [condition.stored() for condition in conditions]
    template.changed_at = now


def _say(template: MailTemplate, text: CheckedText) -> None:
    template.subject, template.body = text.subject, text.body
    template.version += 1


def _keep_version(template: MailTemplate, actor: Actor, now: datetime) -> None:
    MailTemplateVersion.objects.create(
        template=template,
        number=template.version,
        subject=template.subject,
        body=template.body,
        made_by=actor.label,
        made_at=now,
    )


def _told(template: MailTemplate) -> dict[str, object]:
    return {
        "notification": template.kind,
        "language": template.language,
        "name": template.name,
        "priority": template.priority,
        "enabled": template.enabled,
        "conditions": [f"{row['parameter']} {row['operator']} {row['value']}" for row in template.conditions],
        "version": template.version,
    }
