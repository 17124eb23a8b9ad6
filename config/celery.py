"""The Celery application: queues and limits are settings, tasks are found in each app's `tasks`."""

import logging.config
import os
import sys

import django
from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging, worker_init
from django.apps import apps
from django.conf import settings

from config import metrics

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = logging.getLogger(__name__)
app = Celery("offset")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def log_as_the_rest(**_kwargs: object) -> None:
    """Celery's own lines look like all others; who listens to this signal stands in for what Celery would set up."""
    logging.config.dictConfig(settings.LOGGING)


def begin(**_given: object) -> None:
    """Worker and clock begin: they wait for the database, and end when it is another version's."""
    if not apps.ready:
        django.setup()
    from core.versions import ready_or_exit

    try:
        ready_or_exit()
    except Exception:
        log.exception("it could not be found out whether this version may work here")
        sys.exit(1)  # Celery would go on after any other exception of a receiver.


def count_beside_the_rest(sender: str, **_kwargs: object) -> None:
    """A worker's processes count in a folder named like the worker: "biller@host" in biller's."""
    metrics.begin(sender.partition("@")[0])


setup_logging.connect(log_as_the_rest)
celeryd_init.connect(count_beside_the_rest)
worker_init.connect(begin, weak=False)
beat_init.connect(begin, weak=False)
