"""Saved filters: which part of a list's address is worth a name, and the person's own ones."""

from django.db.models import QuerySet
from django.http import QueryDict

from companies.members import Member
from core.models import SavedFilter
from core.prepared import Prepared
from web.filters import PLACE_KEYS

LONGEST = 1000
NOT_KEPT = (*PLACE_KEYS, "part", "export")


def saveable(data: QueryDict) -> str:
    """The query string without its place in the list; empty when nothing in it says which rows or which order."""
    kept = data.copy()
    for key in list(kept):
        if key in NOT_KEPT or not any(kept.getlist(key)) or "\0" in "".join(kept.getlist(key)):
            del kept[key]
    text = kept.urlencode()
    return text if len(text) <= LONGEST else ""


def _of(user: int, marketplace: int) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(user_id=user, marketplace_id=marketplace).order_by("name")


SAVED = Prepared(_of, count=2)


def saved_by(member: Member, page: str) -> list[SavedFilter]:
    """The member's saved filters of one list, by name."""
    return [saved for saved in SAVED.rows(member.user.pk, member.marketplace.pk) if saved.page == page]
