"""The documents app: numbers, templates, PDFs and their storage."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        """Register what the app does about events, and keep the designs of each release."""
        from core import health, tidying
        from core.errors import means
        from core.labels import say
        from documents import handlers, labels
        from documents.models import Purpose
        from documents.operations import archives, releases
        from documents.operations.templates import NameTaken
        from documents.storage.stores import check_documents

        labels.register_all()
        handlers.register_all()
        purposes = dict(Purpose.choices)
        say("purpose", lambda code: str(purposes.get(code, code)))
        means("template_name_once", NameTaken)
        tidying.register("archives of PDFs", archives.expired)
        health.register("document storage", check_documents)
        post_migrate.connect(releases.after_migrate, sender=self, dispatch_uid="documents.operations.releases")
