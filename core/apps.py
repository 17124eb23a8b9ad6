"""The core app: it installs every app's database guards around migrations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import installation

        pre_migrate.connect(installation.before_migrate, sender=self, dispatch_uid="core.guards.before")
        post_migrate.connect(installation.after_migrate, sender=self, dispatch_uid="core.guards.after")
