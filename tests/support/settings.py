"""The settings for tools that read them and ask no database: mypy names this module."""

import os

os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from config.settings import *  # noqa: F403
