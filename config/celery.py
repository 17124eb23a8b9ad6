"""The Celery application: queues and limits are settings, tasks are found in each app's `tasks`."""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("offset")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def log_as_the_rest(**_kwargs: object) -> None:
    """Celery's own lines look like all others; who listens to this signal stands in for what Celery would set up."""
    logging.config.dictConfig(settings.LOGGING)


setup_logging.connect(log_as_the_rest)
