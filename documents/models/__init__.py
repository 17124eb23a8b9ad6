"""Numbers, templates, stored documents, the jobs that make them, and notes about them."""

from documents.models.archive import DocumentArchive
from documents.models.asset import TemplateAsset
from documents.models.job import DocumentJob, Purpose
from documents.models.note import DocumentNote
from documents.models.series import NumberSeries
from documents.models.stored import StoredDocument
from documents.models.template import DocumentTemplate, PageSize, TemplateActivation, TemplateVersion

__all__ = [
    "DocumentArchive",
    "DocumentJob",
    "DocumentNote",
    "DocumentTemplate",
    "NumberSeries",
    "PageSize",
    "Purpose",
    "StoredDocument",
    "TemplateActivation",
    "TemplateAsset",
    "TemplateVersion",
]
