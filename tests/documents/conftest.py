"""What the tests of documents share: a marketplace and a folder of their own for the bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from documents.renderer import rendering


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The documents of each test are in a folder of its own."""
    new = tmp_path / "documents"
    changed = {**settings.STORAGES}
    changed["documents"] = {**changed["documents"], "OPTIONS": {"location": new}}
    settings.STORAGES = changed
    return new


@pytest.fixture(scope="package", autouse=True)
def no_renderer_left() -> Iterator[None]:
    """End the warm renderer with the tests that used it."""
    yield
    rendering._renderer.close()
