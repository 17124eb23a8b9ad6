"""The Celery application: queues and limits are settings, tasks are found in each app's `tasks`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("offset")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
