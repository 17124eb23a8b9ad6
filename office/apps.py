"""The office app."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "office"

    def ready(self) -> None:
        """Say its words."""
        from office import labels

        labels.register_all()
