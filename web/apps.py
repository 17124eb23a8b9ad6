"""The web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"

    def ready(self) -> None:
        """Say its words."""
        from web import labels

        labels.register_all()
