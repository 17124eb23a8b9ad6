"""Stripe's library costs a second and 30 MB: no web process loads it, and workers only when they need it."""

import subprocess
import sys

import pytest

from tests.support.stack import ROOT

pytestmark = pytest.mark.slow  # Each starts a process.

WEB = "import core.versions; core.versions.check_in_server = int; import config.wsgi; from django.urls import get_resolver; assert get_resolver().url_patterns"
EVERYTHING = """
import config.celery; config.celery.app.loader.import_default_modules()
import payments.gateway.protocol, payments.gateway.events, payments.gateway.signatures, payments.gateway.declines
import payments.gateway.errors, payments.gateway.amounts, payments.gateway.connecting, payments.gateway.stripe_reading
"""
CONNECTED = EVERYTHING + "payments.gateway.connecting.connect('sk_test_x', base_address='http://127.0.0.1:1')"
CHECK = "\nimport sys; print('stripe' in sys.modules)"


def loads_stripe(code: str) -> bool:
    done = subprocess.run([sys.executable, "-c", code + CHECK], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1] == "True"


@pytest.mark.parametrize("code", [WEB, EVERYTHING], ids=["web", "worker"])
def test_it_is_not_loaded_at_the_start(code: str) -> None:
    assert not loads_stripe(code)


def test_it_is_loaded_by_who_connects() -> None:
    assert loads_stripe(CONNECTED)


def test_the_standin_knows_nothing_of_us() -> None:
    code = "import payments.gateway.standin.__main__, sys; print('django' in sys.modules, 'stripe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]
