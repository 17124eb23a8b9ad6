"""The core app: it installs every app's database guards around migrations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import guarding

        pre_migrate.connect(guarding.before_migrate, dispatch_uid="core.guards.before")
        post_migrate.connect(guarding.after_migrate, dispatch_uid="core.guards.after")
