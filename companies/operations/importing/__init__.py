"""Files of companies: tried, imported, and imported again without a second effect."""

from companies.operations.importing.starting import import_companies, import_tried

__all__ = ["import_companies", "import_tried"]
