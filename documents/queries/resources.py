"""What a marketplace has to print with, read once and then asked for any number of documents and moments."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from companies.models import MarketplaceSettings
from core.languages import first_of
from documents.models import TemplateActivation, TemplateAsset, TemplateVersion
from documents.queries.assets import rows_of, there_at
from documents.queries.templates import designs, in_force
from documents.templates import defaults


class PrintResources:
    """Templates, images and fonts of one marketplace, as they were at a moment that each question names.

    Templates, versions and assets are only ever added to, so what was read stays true of every moment before it.
    """

    def __init__(self, marketplace_id: int) -> None:
        self.marketplace_id = marketplace_id
        self._versions: dict[int, TemplateVersion] = {}
        self._designs: dict[tuple[str, str], list[TemplateVersion]] = {}

    @cached_property
    def einvoice_in_pdf(self) -> str:
        """The syntax of the e-invoice that new PDFs carry, "off" for none."""
        rows = MarketplaceSettings.objects.filter(marketplace_id=self.marketplace_id)
        return rows.values_list("einvoice_in_pdf", flat=True).first() or MarketplaceSettings.EInvoiceInPdf.OFF

    @cached_property
    def _activations(self) -> list[TemplateActivation]:
        return list(TemplateActivation.objects.filter(marketplace_id=self.marketplace_id).order_by("pk"))

    @cached_property
    def _assets(self) -> list[TemplateAsset]:
        return list(rows_of(self.marketplace_id))

    def template_for(self, *, kind: str, wishes: Sequence[str], at: datetime) -> TemplateVersion:
        """The version that a document issued at ``at`` is printed with, in the first language wished for that there is.

        "de-AT" counts as "de"; English when no wish can be met.
        """
        of_kind = [row for row in self._activations if row.kind == kind and row.activated_at <= at]
        active = {row.language: row.version_id for row in of_kind}
        language = first_of(wishes, {*defaults.languages(), *(code for code, version in active.items() if version)})
        own = active.get(language)
        return self._version(own) if own else self._design(kind, language, at)

    def assets_at(self, at: datetime) -> list[TemplateAsset]:
        """The images and faces there were at ``at``, by kind, name and face."""
        return there_at(self._assets, at)

    def _version(self, pk: int) -> TemplateVersion:
        if pk not in self._versions:
            self._versions[pk] = TemplateVersion.objects.get(pk=pk)
        return self._versions[pk]

    def _design(self, kind: str, language: str, at: datetime) -> TemplateVersion:
        if (kind, language) not in self._designs:
            self._designs[kind, language] = list(designs(kind=kind, language=language))
        return in_force(self._designs[kind, language], at)
