"""Numbers, stored documents and the jobs that make them."""

from documents.models.series import NumberSeries

__all__ = ["NumberSeries"]
