"""Files of companies: what each came to, and the rows that could not be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from companies.members import Member


class CompanyImportQuerySet(models.QuerySet["CompanyImport"]):
    """Named filters over imports."""

    def visible_to(self, member: Member) -> CompanyImportQuerySet:
        """Imports are for the marketplace's own people."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.none()


class CompanyImport(models.Model):
    """One CSV file of companies, read whole: for real, or only tried (``is_trial``), which leaves nothing but this.

    Its ``rows`` are companies ``added``, ``changed``, the ``same`` as before, or ``refused``; ``invited`` are people.
    ``first_rows`` is what `core.csvfile.first_rows` says of it.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=200)
    is_trial = models.BooleanField()
    first_rows = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    invited = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = CompanyImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="company_import_rows_add_up",
                condition=Q(rows=F("added") + F("changed") + F("same") + F("refused")),
            ),
        ]
        indexes = [models.Index(fields=["marketplace", "-id"], name="company_import_by_arrival")]

    def __str__(self) -> str:
        return self.name


class CompanyImportProblem(models.Model):
    """A row that was not taken, as it stands in the file, and why; ``row`` is its number in a spreadsheet.

    Imports of earlier releases counted lines, of which one row may take several.
    """

    company_import = models.ForeignKey(CompanyImport, on_delete=models.PROTECT, related_name="problems", db_index=False)
    row = models.PositiveIntegerField()
    text = models.TextField()
    message = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company_import", "row"], name="company_import_problem_once")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"
