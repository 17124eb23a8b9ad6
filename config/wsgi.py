"""What a WSGI server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from core.versions import check_in_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("OFFSET_STATEMENT_TIMEOUT", "10")

application = get_wsgi_application()
check_in_server()

# What is loaded by now stays for good, and a page leaves few cycles behind: looking for garbage at Python's own pace
# costs a list page 7 % of its time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
