"""What companies were called: the audit log keeps each name that was changed, so what it says of the past stays."""

from django.db.models import OuterRef, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from companies.models import Company
from core.models import AuditEntry


def company_at(company: str, at: str, marketplace: str = "marketplace_id") -> Coalesce:
    """An annotation: the name of the company of a column at the row's moment; None for no company.

    The name before the first change that came later, else today's.
    """
    changed = AuditEntry.objects.filter(
        marketplace_id=OuterRef(marketplace), kind="company", object_id=OuterRef(company), verb="company.changed",
        at__gt=OuterRef(at), before__has_key="name",
    ).order_by("pk")  # fmt: skip
    before = changed.annotate(then=KeyTextTransform("name", "before")).values("then")[:1]
    today = Company.objects.filter(pk=OuterRef(company)).values("name")[:1]
    return Coalesce(Subquery(before), Subquery(today), output_field=TextField())
