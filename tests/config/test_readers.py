"""Settings from the environment: what cannot be understood stops the start, in words."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import readers


@pytest.mark.parametrize(
    ("typed", "meant"), [("yes", True), ("1", True), ("ON", True), ("no", False), ("0", False), ("", True)]
)
def test_a_switch_reads_yes_and_no(monkeypatch: pytest.MonkeyPatch, typed: str, meant: bool) -> None:
    monkeypatch.setenv("OFFSET_X", typed)
    assert readers.switch("OFFSET_X", default=True) is meant


@pytest.mark.parametrize("typed", ["maybe", "2", "yes please"])
def test_a_switch_refuses_other_words(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("OFFSET_X", typed)
    with pytest.raises(ImproperlyConfigured, match="OFFSET_X"):
        readers.switch("OFFSET_X", default=True)


@pytest.mark.parametrize("typed", ["-1", "1.5", "ten", "٣"])
def test_a_number_refuses_what_is_none(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("OFFSET_X", typed)
    with pytest.raises(ImproperlyConfigured, match="OFFSET_X"):
        readers.number("OFFSET_X", 7)


def test_names_are_read_without_empty_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_X", "a.example, ,b.example,")
    assert readers.names("OFFSET_X", "") == ["a.example", "b.example"]


@pytest.mark.parametrize("state", ["OFFSET_DEMO", "OFFSET_DEBUG"])
def test_in_demo_and_debug_the_database_may_be_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: str
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv(state, "yes")
    assert readers.database("DATABASE_URL", tmp_path / "a#b.sqlite3")["NAME"] == tmp_path / "a#b.sqlite3"


def test_without_an_address_there_is_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is missing: name the database"):
        readers.database("DATABASE_URL", tmp_path / "x")


def test_a_refused_address_tells_nothing_of_its_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:hush/hush@db.example/offset")
    with pytest.raises(ImproperlyConfigured) as refused:
        readers.database("DATABASE_URL", tmp_path / "x")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("typed", ["nonsense", "mysql://a:b@h/x", "postgres://h:port/x", "postgres://h"])
def test_an_unknown_database_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str) -> None:
    monkeypatch.setenv("DATABASE_URL", typed)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        readers.database("DATABASE_URL", tmp_path / "x")


@pytest.mark.parametrize("typed", ["smtp://mail.example", "smtp://mail.example:x", "mail.example:25", "http://a:25"])
def test_a_mail_server_needs_a_host_and_a_port(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("OFFSET_SMTP_URL", typed)
    with pytest.raises(ImproperlyConfigured, match="OFFSET_SMTP_URL must name host and port"):
        readers.mail("OFFSET_SMTP_URL")


def test_a_mail_server_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_SMTP_URL", "smtp+tls://ada:secret@mail.example:587")
    assert readers.mail("OFFSET_SMTP_URL") == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "EMAIL_HOST_PASSWORD": "secret",
        "EMAIL_HOST_USER": "ada",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
    }


def test_the_secret_key_is_made_once_and_for_its_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OFFSET_SECRET_KEY", raising=False)
    file = tmp_path / "data" / "secret-key"
    first = readers.secret("OFFSET_SECRET_KEY", file)
    assert len(first) > 50
    assert readers.secret("OFFSET_SECRET_KEY", file) == first
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["secret-key"]


def test_a_bucket_is_read_with_its_prefix_and_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFSET_X", raising=False)
    assert readers.bucket("OFFSET_X") == {}
    monkeypatch.setenv("OFFSET_X", "s3://papers")
    assert readers.bucket("OFFSET_X") == {"bucket_name": "papers", "location": ""}
    monkeypatch.setenv("OFFSET_X", "s3://papers/a/b/?endpoint=https://s3.example:9000&region=eu-central-1")
    assert readers.bucket("OFFSET_X") == {
        "bucket_name": "papers",
        "location": "a/b",
        "endpoint_url": "https://s3.example:9000",
        "region_name": "eu-central-1",
    }


@pytest.mark.parametrize(
    "typed", ["papers", "s3://", "https://papers", "s3://key:secret@papers", "s3://papers?acl=public"]
)
def test_an_address_that_is_no_bucket_is_refused(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("OFFSET_X", typed)
    with pytest.raises(ImproperlyConfigured, match="OFFSET_X"):
        readers.bucket("OFFSET_X")
