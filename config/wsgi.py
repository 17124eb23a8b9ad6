"""What a WSGI server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("OFFSET_STATEMENT_TIMEOUT", "10")

application = get_wsgi_application()
