"""Journeys: a browser and the running product with its demo data. Nothing here touches the ORM."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.office import Office
from tests.support.browser import ARGUMENTS, find_chromium
from tests.support.fonts import write_font_settings
from tests.support.migrated import one_at_a_time
from tests.support.smtp import MailServer
from tests.support.stack import Stack

expect.set_options(timeout=20_000)  # A busy machine is slow, not wrong.


@pytest.fixture(scope="session")
def browser_type_launch_args(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Launch the machine's own Chromium, quiet towards the network, with the product's Roboto among its fonts."""
    path = find_chromium()
    if path is None:
        pytest.fail("no Chromium on this machine; install it, or name it in OFFSET_CHROMIUM")
    fonts = write_font_settings(tmp_path_factory.mktemp("fonts"))
    return {
        "executable_path": path,
        "args": ARGUMENTS,
        "headless": True,
        "env": {**os.environ, "FONTCONFIG_FILE": str(fonts)},
    }


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """The SMTP server that the running product sends to."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo, made once for all processes of a run."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = shared / "demo"
    with one_at_a_time(shared):
        if not made.exists():
            draft = Stack(shared / "draft", OFFSET_DEMO="yes")
            draft.prepare()
            draft.folder.rename(made)
    return made


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, demo: Path, mail_server: MailServer) -> Iterator[Stack]:
    """The running product with the demo's data, shared by all journeys of a process."""
    folder = tmp_path_factory.mktemp("product")
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    product = Stack(folder, OFFSET_DEMO="yes", OFFSET_SMTP_URL=mail_server.url)
    product.start()
    yield product
    product.stop()


@pytest.fixture(scope="session")
def browser_context_args(stack: Stack) -> dict[str, Any]:
    """A laptop's window, in English; `page.goto("/creditmemos/")` goes to the running product."""
    return {
        "base_url": stack.address,
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
    }


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Who has signed in at this product, as cookies; asking for the password once each is enough."""
    return {}


@pytest.fixture
def office(browser: Browser, browser_context_args: dict[str, Any], sessions: dict[str, Any]) -> Iterator[Office]:
    """People's windows; at the end of the journey none of them may have seen a failure or left the machine."""
    opened = Office(browser, browser_context_args, sessions)
    yield opened
    opened.close()
