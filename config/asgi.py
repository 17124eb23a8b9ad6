"""What an ASGI server runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("OFFSET_STATEMENT_TIMEOUT", "10")

application = get_asgi_application()
