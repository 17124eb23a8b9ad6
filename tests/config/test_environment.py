"""One table knows every variable: what a start says of a wrong one, and that docs and code name the same ones."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = re.compile(r"\b(?:OFFSET|DATABASE)_[A-Z_]*[A-Z]\b")
SERVED = ["bin/serve.py", "bin/product.py", "bin/command.py", "bin/update.py", "bin/running_user.py", "bin/parts.py"]


def test_the_page_names_what_is_read_and_nothing_else() -> None:
    table = re.findall(r"^\|(.*?)\|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert {name for cell in table for name in NAME.findall(cell)} == environment.KNOWN.keys()


def test_what_the_code_reads_is_known() -> None:
    files = [*(ROOT / "config").glob("*.py"), *(ROOT / name for name in SERVED), ROOT / "manage.py"]
    read = {name for file in files for name in NAME.findall(file.read_text())}
    assert read - environment.KNOWN.keys() - environment.OF_THE_SUITE - {"DATABASE_URL"} == set()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OFFSET_HOST", "a.example", "OFFSET_HOST is no setting of Offset; did you mean OFFSET_HOSTS?"),
        ("OFFSET_SMPT_URL", "smtp://a:25", "OFFSET_SMPT_URL is no setting of Offset; did you mean OFFSET_SMTP_URL?"),
        ("OFFSET_PUBLIC_URL", "billing.example.com", "OFFSET_PUBLIC_URL='billing.example.com' must be an address"),
        ("OFFSET_PUBLIC_URL", "https://a.example:port", "OFFSET_PUBLIC_URL='https://a.example:port' must be"),
        ("OFFSET_ORIGINS", "https://a.example, b.example", "OFFSET_ORIGINS: 'b.example' must be scheme and host"),
        ("OFFSET_ORIGINS", "https://a.example/x", "OFFSET_ORIGINS: 'https://a.example/x' must be scheme and host"),
        ("OFFSET_HOSTS", "a.example,b.example:443", "OFFSET_HOSTS: 'b.example:443' must be a host name alone"),
        ("OFFSET_BROKER_URL", "redis:6379", "OFFSET_BROKER_URL must be redis://"),
        ("OFFSET_BROKER_URL", "redis://h:x/0", "OFFSET_BROKER_URL must be redis://"),
        ("OFFSET_LOG_LEVEL", "loud", "OFFSET_LOG_LEVEL='LOUD' is none of DEBUG, INFO"),
        ("OFFSET_MAIL_FROM", "billing", "OFFSET_MAIL_FROM='billing' is no e-mail address"),
        ("DATABASE_OWNER_URL", "oracle://x", "DATABASE_OWNER_URL must be sqlite:"),
    ],
)
def test_a_wrong_value_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    environment.check()
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.check()
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [("OFFSET_SMTP_URL", "smtp://h:25"), ("OFFSET_MAIL_PROVIDER", "brevo")])
def test_who_sends_mails_has_to_be_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    environment.check()
    monkeypatch.delenv("OFFSET_MAIL_FROM")
    with pytest.raises(ImproperlyConfigured, match=f"OFFSET_MAIL_FROM is missing: {name} sends mails"):
        environment.check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OFFSET_PUBLIC_URL", "https://billing.example.com/"),
        ("OFFSET_ORIGINS", "https://*.example.com, http://[::1]:8000"),
        ("OFFSET_HOSTS", "*, .example.com, a-b.example, [::1], 10.0.0.1"),
        ("OFFSET_BROKER_URL", "rediss://:hush@broker.internal:6380/1"),
        ("OFFSET_MAIL_FROM", "Northwind <billing@example.com>"),
    ],
)
def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    environment.check()


def test_all_faults_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_PROXIES", "one")
    monkeypatch.setenv("OFFSET_DEMO", "perhaps")
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.check()
    assert [line.split("=")[0] for line in str(refused.value).splitlines()] == ["OFFSET_DEMO", "OFFSET_PROXIES"]
