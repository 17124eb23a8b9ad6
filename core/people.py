"""Who people are, as of a moment: what the audit log says of them does not change with their names."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from core.models import PersonAsOf


def known_as(name: str, *, user_id: int, marketplace_id: int, now: datetime) -> int:
    """The id of the row with the person's name here and address; a new one when either changed. One query otherwise."""
    rows = PersonAsOf.objects.filter(marketplace_id=marketplace_id, user_id=user_id).order_by("-pk")
    last = rows.values_list("pk", "name", "address", "user__email").first()
    if last is not None and last[1:3] == (name, last[3]):
        return int(last[0])
    address = last[3] if last else get_user_model().objects.values_list("email", flat=True).get(pk=user_id)
    made = PersonAsOf.objects.create(
        marketplace_id=marketplace_id, user_id=user_id, name=name, address=address, since=now
    )
    return int(made.pk)


def name_then(user: str, at: str, marketplace: str) -> Coalesce:
    """An annotation: what the row's marketplace called a person at the row's moment; None where that was never kept.

    ``user``, ``at`` and ``marketplace`` are columns. What was before the first row is told by that one.
    """
    rows = PersonAsOf.objects.filter(user_id=OuterRef(user), marketplace_id=OuterRef(marketplace))
    then = rows.filter(since__lte=OuterRef(at)).order_by("-since", "-pk").values("name")[:1]
    return Coalesce(Subquery(then), Subquery(rows.order_by("pk").values("name")[:1]))
