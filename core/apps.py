"""The core app: it installs every app's database guards around migrations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import guarding, health, installation, tasks, tidying
        from core.models import Approval

        decided = {"decision", "decided_by_id", "decided_at", "decision_reason"}
        alone = {"mode", "alone_since", "effective_at"}
        columns = {str(field.column) for field in Approval._meta.concrete_fields}
        guarding.register_changed("request_frozen", Approval, but=decided | alone)
        guarding.register_changed("alone_frozen", Approval, but=columns - alone)
        health.register("database", health.check_database)
        health.register("migrations", health.check_migrations)
        health.register("broker", tasks.check_broker)
        tidying.register("sessions", tidying.sessions)
        tidying.register("finished work", tidying.done_jobs)
        pre_migrate.connect(installation.before_migrate, sender=self, dispatch_uid="core.guards.before")
        post_migrate.connect(installation.after_migrate, sender=self, dispatch_uid="core.guards.after")
