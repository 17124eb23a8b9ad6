"""Numbers, stored documents and the jobs that make them."""

from documents.models.job import DocumentJob, Purpose
from documents.models.series import NumberSeries
from documents.models.stored import StoredDocument

__all__ = ["DocumentJob", "NumberSeries", "Purpose", "StoredDocument"]
