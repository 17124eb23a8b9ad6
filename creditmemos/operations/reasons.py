"""The marketplace's list of reasons for credit: added to and changed, never deleted, as memos point at them."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from companies.models import Marketplace
from core import audit
from core.actors import Actor
from core.checks import check_choice, check_number, check_text
from core.errors import InvalidInput
from core.locking import lock_one
from creditmemos.domain.default_reasons import DEFAULT_REASONS
from creditmemos.models import CreditReason

LONGEST_LABEL = 80
LONGEST_CODE = 40
LAST_POSITION = 1000
CHANGEABLE = ("labels", "counts_as", "note_required", "is_active", "position")


@transaction.atomic
def add_reason(
    *, labels: Mapping[str, str], counts_as: str, note_required: bool, position: int, actor: Actor, now: datetime
) -> CreditReason:
    """Add a reason; its code comes from the label in the marketplace's default language and stays."""
    marketplace = Marketplace.objects.get(pk=actor.marketplace_id)
    check_number(position, least=0, most=LAST_POSITION, field="position")
    check_choice(counts_as, CreditReason.CountsAs.values, field="counts_as")
    checked = _check_labels(labels, marketplace)
    reason = CreditReason.objects.create(
        marketplace=marketplace,
        code=_free_code(checked[marketplace.default_language], marketplace),
        labels=checked,
        counts_as=counts_as,
        note_required=note_required,
        position=position,
    )
    audit.record(
        actor=actor, verb="creditreason.added", obj=reason,
        after={"labels": checked, "counts_as": counts_as, "note_required": note_required}, now=now,
    )  # fmt: skip
    return reason


def add_default_reasons(*, marketplace: Marketplace) -> list[CreditReason]:
    """Give a new marketplace the reasons that it begins with, in its languages."""
    spoken = {"en", *marketplace.languages}
    return CreditReason.objects.bulk_create(
        CreditReason(
            marketplace=marketplace,
            code=reason.code,
            counts_as=reason.counts_as,
            labels={language: label for language, label in reason.labels.items() if language in spoken},
            note_required=reason.note_required,
            position=position,
        )
        for position, reason in enumerate(DEFAULT_REASONS)
    )


@transaction.atomic
def change_reason(
    *,
    reason: CreditReason,
    labels: Mapping[str, str],
    counts_as: str,
    note_required: bool,
    is_active: bool,
    position: int,
    actor: Actor,
    now: datetime,
) -> CreditReason:
    """Change words, place or use of a reason; memos keep what they say and count as, issued PDFs what was printed."""
    reason = lock_one(
        CreditReason.objects.select_related("marketplace").filter(pk=reason.pk, marketplace_id=actor.marketplace_id)
    )
    check_number(position, least=0, most=LAST_POSITION, field="position")
    check_choice(counts_as, CreditReason.CountsAs.values, field="counts_as")
    before = {name: getattr(reason, name) for name in CHANGEABLE}
    reason.labels = _check_labels(labels, reason.marketplace)
    reason.counts_as = counts_as
    reason.note_required, reason.is_active, reason.position = note_required, is_active, position
    after = {name: getattr(reason, name) for name in CHANGEABLE}
    if after == before:
        return reason
    reason.save(update_fields=list(CHANGEABLE))
    audit.record(actor=actor, verb="creditreason.changed", obj=reason, before=before, after=after, now=now)
    return reason


def _check_labels(labels: Mapping[str, str], marketplace: Marketplace) -> dict[str, str]:
    """The labels that were given, in the marketplace's languages; its default language needs one."""
    found = {code: labels[code].strip() for code in marketplace.languages if labels.get(code, "").strip()}
    field = f"label_{marketplace.default_language}"
    if marketplace.default_language not in found:
        raise InvalidInput(_("Enter a label in the marketplace's language."), field=field)
    for code, label in found.items():
        check_text(label, longest=LONGEST_LABEL, field=f"label_{code}")
    return found


def _free_code(label: str, marketplace: Marketplace) -> str:
    """A code that no reason of the marketplace has; a second "Goodwill" becomes goodwill-2."""
    start = slugify(label)[: LONGEST_CODE - 4] or "reason"
    taken = set(
        CreditReason.objects.filter(marketplace=marketplace, code__startswith=start).values_list("code", flat=True)
    )
    candidates = (start if n == 1 else f"{start}-{n}" for n in range(1, len(taken) + 2))
    return next(code for code in candidates if code not in taken)
