"""Which kinds of mail are sent, to whom, and with what attached."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock
from notifications.domain.kinds import NotificationKind
from notifications.models import NotificationSetting, Protection
from notifications.queries import EVERYBODY, Decision, decision_about

MOST_COPIES = 10
LONGEST_ADDRESS = 254
LEAST_PHRASE, LONGEST_PHRASE = 12, 60


@transaction.atomic
def decide(
    *,
    kind: NotificationKind,
    enabled: bool,
    attach_pdf: bool,
    cc: Sequence[str],
    actor: Actor,
    now: datetime,
    audience: Sequence[str] = EVERYBODY,
    attach_xml: bool = False,
    protection: str = "",
    phrase: str = "",
) -> NotificationSetting:
    """Switch a kind of mail on or off in the actor's marketplace, and say who gets it with what attached.

    An empty ``phrase`` keeps the one that there is. Raises InvalidInput.
    """
    copies, roles = check_copies(cc), check_audience(audience)
    lock(NotificationSetting.objects.filter(marketplace_id=actor.marketplace_id, kind=kind.name))
    before = decision_about(kind, actor.marketplace_id)
    if enabled and not roles and not copies:
        raise InvalidInput(_("Choose who gets this mail, or switch it off."), field="audience")
    if protection and attach_xml:
        text = _("The XML contains everything in the PDF and can't be protected: choose the password or the e-invoice.")
        raise InvalidInput(text, field="attach_xml")
    used = check_phrase(protection, phrase or before.phrase)
    setting, _made = NotificationSetting.objects.update_or_create(
        marketplace_id=actor.marketplace_id,
        kind=kind.name,
        defaults={
            "enabled": enabled,
            "audience": roles,
            "attach_pdf": attach_pdf,
            "attach_xml": attach_xml,
            "protection": protection,
            "phrase": used,
            "cc": copies,
        },
    )
    after = decision_about(kind, actor.marketplace_id)
    audit.record(
        actor=actor,
        verb="notification.changed",
        now=now,
        obj=setting,
        before=_told(before),
        after={
            "notification": kind.name,
            **_told(after),
            **({"new_phrase": True} if after.phrase != before.phrase else {}),
        },
    )
    return setting


def _told(decision: Decision) -> dict[str, object]:
    """What the audit log keeps: everything but the phrase."""
    return {
        "enabled": decision.enabled,
        "audience": list(decision.audience),
        "attach_pdf": decision.attach_pdf,
        "attach_xml": decision.attach_xml,
        "protection": decision.protection,
        "cc": list(decision.cc),
    }


def check_audience(roles: Iterable[str]) -> list[str]:
    """The audience in the order of its table. Raises InvalidInput, field "audience"."""
    wanted = set(roles)
    if not wanted <= set(EVERYBODY):
        raise InvalidInput(_("Choose from the list."), field="audience")
    return [role for role in EVERYBODY if role in wanted]


def check_phrase(protection: str, phrase: str) -> str:
    """The phrase that PDFs are locked with, or none where nothing needs it. Raises InvalidInput, field "phrase"."""
    if protection not in Protection.values:
        raise InvalidInput(_("Choose from the list."), field="protection")
    if protection != Protection.PHRASE:
        return ""
    if not LEAST_PHRASE <= len(phrase) <= LONGEST_PHRASE or not phrase.isprintable() or phrase != phrase.strip():
        bounds = {"least": LEAST_PHRASE, "most": LONGEST_PHRASE}
        raise InvalidInput(_("Enter a phrase of %(least)s to %(most)s characters.") % bounds, field="phrase")
    return phrase


def check_copies(addresses: Iterable[str]) -> list[str]:
    """The addresses without blanks and repetitions, however they are written. Raises InvalidInput, field "cc"."""
    by_address: dict[str, str] = {}
    for address in filter(None, (text.strip() for text in addresses)):
        by_address.setdefault(address.lower(), address)
    cleaned = list(by_address.values())
    if len(cleaned) > MOST_COPIES:
        raise InvalidInput(_("At most %(n)s addresses can get a copy.") % {"n": MOST_COPIES}, field="cc")
    for address in cleaned:
        try:
            validate_email(address)
        except ValidationError as error:
            raise InvalidInput(_("%(address)s is not an e-mail address.") % {"address": address}, field="cc") from error
        if len(address) > LONGEST_ADDRESS:
            raise InvalidInput(_("An address has at most %(n)s characters.") % {"n": LONGEST_ADDRESS}, field="cc")
    return cleaned
