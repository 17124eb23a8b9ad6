"""The documents app: numbers, PDFs and their storage."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        """Register what the app does about events."""
        from documents import consumers  # noqa: F401
