"""One verb on many memos: all of them or none, with a reason for each that stands in the way."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.actors import Actor
from core.errors import Refusal
from core.locking import lock
from creditmemos.models import CreditMemo


class BatchRefused(Refusal):
    """Nothing was done; ``facts["refusals"]`` holds the refusal of each memo by id."""

    code = "batch_refused"
    text = _("Nothing was changed: %(refused)s of %(all)s can't be processed. The reasons are in the rows.")


@transaction.atomic
def in_batch(*, memos: Sequence[CreditMemo], verb: Callable[[CreditMemo], object], actor: Actor) -> int:
    """Run ``verb`` on every memo, in id order under locks that are all taken first; returns how many there were.

    Every memo is tried, so that all reasons are known at once. Raises BatchRefused, and then nothing is changed.
    """
    ids = {memo.pk for memo in memos}
    refusals: dict[int, Refusal] = {}
    for memo in lock(CreditMemo.objects.filter(pk__in=ids, marketplace_id=actor.marketplace_id)):
        try:
            with transaction.atomic():
                verb(memo)
        except Refusal as refusal:
            refusals[memo.pk] = refusal
    if refusals:
        raise BatchRefused(None, refused=len(refusals), all=len(ids), refusals=refusals)
    return len(ids)
