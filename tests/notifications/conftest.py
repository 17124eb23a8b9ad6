"""What the tests of mails share: people, a document with its PDF, and a real mail server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from documents.renderer import rendering
from tests.support.smtp import MailServer


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The documents of each test are in a folder of its own."""
    new = tmp_path / "documents"
    changed = {**settings.STORAGES}
    changed["documents"] = {**changed["documents"], "OPTIONS": {"location": new}}
    settings.STORAGES = changed
    return new


@pytest.fixture
def mails(smtp: MailServer, settings: Settings) -> MailServer:
    """The mail server that the product is told to use."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = smtp.port
    settings.EMAIL_TIMEOUT = 2
    settings.DEFAULT_FROM_EMAIL = "Nordmarkt <billing@nordmarkt.example>"
    return smtp


@pytest.fixture(scope="package", autouse=True)
def no_renderer_left() -> Iterator[None]:
    """End the warm renderer with the tests that used it."""
    yield
    rendering._renderer.close()
