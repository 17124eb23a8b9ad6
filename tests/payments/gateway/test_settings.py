"""Accounts at Stripe come from the environment, and a demo brings its stand-in along."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config import environment, gateway
from payments.gateway import connecting
from payments.gateway.errors import Misconfigured
from tests.support.stack import ROOT
from tests.support.standin import soon

sys.path.append(str(ROOT / "bin"))

from stand_in import Standin, needs_stand_in


def test_keys_and_secrets_are_read_by_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_STRIPE_KEYS", "northwind=sk_live_1, south-2=rk_test_a1")
    monkeypatch.setenv("OFFSET_STRIPE_WEBHOOK_SECRETS", "northwind=whsec_a,northwind=whsec_b=,south-2=whsec_c")
    environment.check()
    assert gateway.keys("OFFSET_STRIPE_KEYS") == {"northwind": "sk_live_1", "south-2": "rk_test_a1"}
    assert gateway.webhook_secrets("OFFSET_STRIPE_WEBHOOK_SECRETS") == {
        "northwind": ["whsec_a", "whsec_b="],
        "south-2": ["whsec_c"],
    }


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OFFSET_STRIPE_KEYS", "sk_live_secret", "OFFSET_STRIPE_KEYS must look like northwind=sk_live_..., several"),
        ("OFFSET_STRIPE_KEYS", "a=pk_live_secret", "OFFSET_STRIPE_KEYS must look like"),
        ("OFFSET_STRIPE_KEYS", "a b=sk_live_secret", "OFFSET_STRIPE_KEYS must look like"),
        ("OFFSET_STRIPE_KEYS", "a=sk_test_1,a=sk_test_secret", "OFFSET_STRIPE_KEYS names a twice"),
        ("OFFSET_STRIPE_WEBHOOK_SECRETS", "a=secret", "OFFSET_STRIPE_WEBHOOK_SECRETS must look like northwind=whsec_"),
        ("OFFSET_STRIPE_ADDRESS", "localhost", "OFFSET_STRIPE_ADDRESS='localhost' must be an address"),
    ],
)
def test_what_is_wrong_is_told_without_the_key(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.check()
    assert str(refused.value).startswith(told)
    assert "secret" not in str(refused.value)


def test_a_stand_in_never_gets_a_key_for_real_money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_STRIPE_ADDRESS", "http://127.0.0.1:12111")
    monkeypatch.setenv("OFFSET_STRIPE_KEYS", "a=sk_test_1")
    environment.check()
    monkeypatch.setenv("OFFSET_STRIPE_KEYS", "a=sk_test_1,b=sk_live_1")
    with pytest.raises(ImproperlyConfigured, match="OFFSET_STRIPE_ADDRESS is for tests"):
        environment.check()


def test_an_account_is_connected_by_its_name(settings: Settings) -> None:
    settings.STRIPE_KEYS = {"northwind": "sk_live_1", "south": "sk_test_1"}
    settings.STRIPE_WEBHOOK_SECRETS = {"south": ["whsec_1"]}
    settings.STRIPE_ADDRESS = ""
    assert connecting.account("northwind").is_live
    assert not connecting.account("south").is_live
    assert connecting.account("south") is connecting.account("south")
    assert [connecting.is_live(name) for name in ("northwind", "south", "west")] == [True, False, None]
    assert connecting.webhook_secrets("south") == ["whsec_1"]
    assert connecting.webhook_secrets("northwind") == []
    with pytest.raises(Misconfigured, match="no key for the account west"):
        connecting.account("west")


@pytest.mark.parametrize(
    ("env", "needed"),
    [
        ({"OFFSET_DEMO": "yes"}, True),
        ({"OFFSET_DEMO": "On"}, True),
        ({"OFFSET_DEMO": "no"}, False),
        ({}, False),
        ({"OFFSET_DEMO": "yes", "OFFSET_STRIPE_KEYS": "a=sk_test_1"}, False),
    ],
)
def test_only_a_demo_without_accounts_needs_it(env: dict[str, str], needed: bool) -> None:
    assert needs_stand_in(env) is needed


@pytest.mark.slow
def test_a_demo_starts_it_and_the_parts_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = Standin(tmp_path, "http://127.0.0.1:8000")
    for name, value in stand_in.env.items():
        monkeypatch.setenv(name, value)
    environment.check()
    key = gateway.keys("OFFSET_STRIPE_KEYS")["standin"]
    address = gateway.other_address("OFFSET_STRIPE_ADDRESS", "OFFSET_STRIPE_KEYS")
    command = [sys.executable, *stand_in.command]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL) as process:
        try:
            assert soon(lambda: answers(address))
            assert connecting.connect(key, base_address=address).create_customer(
                key="1", name="Ada", email="a@b.example"
            )
        finally:
            process.terminate()
        assert process.wait(timeout=30) == 0
    assert (tmp_path / "standin.sqlite3").exists()


def answers(address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"{address}/_style.css", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
