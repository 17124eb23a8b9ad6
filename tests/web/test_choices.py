"""Codes that rows store are told in the reader's language: statuses, kinds, sources, also inside refusals."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from django.utils.functional import Promise

from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.discarding import NotDiscardable
from tests.factories.world import NOW, issue_memo, make_market
from web.activity import value_text

OWN = {name for name in settings.INSTALLED_APPS if (settings.BASE_DIR / name.partition(".")[0]).is_dir()}
NAMES = {"companies.Marketplace.pipeline"}
"""Codes that are called the same in every language."""
CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Unapplied"
msgstr "Unverbraucht"

msgid "%(memo)s is %(status)s, so it can't be discarded."
msgstr "%(memo)s ist %(status)s und wird nicht verworfen."

msgid "draft memo %(id)s"
msgstr "Entwurf %(id)s"
"""


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    """A catalogue with a few words, for a reader of German."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(CATALOGUE, encoding="utf-8")
    compile_messages = runpy.run_path(str(settings.BASE_DIR / "bin" / "messages.py"))["compile_messages"]
    assert compile_messages(tmp_path) == 1
    with override_settings(LOCALE_PATHS=[tmp_path]), translation.override("de"):
        yield


def test_every_choice_waits_for_its_reader() -> None:
    fixed, seen = [], 0
    for model in apps.get_models():
        if model._meta.app_config.name not in OWN:
            continue
        for field in model._meta.concrete_fields:
            where = f"{model._meta.label}.{field.name}"
            for code, label in field.flatchoices:
                seen += 1
                if not isinstance(label, Promise) and where not in NAMES:
                    fixed.append(f"{where}: {code}")
    assert seen > 50
    assert fixed == []


@pytest.mark.django_db
def test_a_refusal_names_the_status_in_the_readers_language(german: None) -> None:
    market = make_market()
    memo = issue_memo(market)
    with pytest.raises(NotDiscardable) as refused:
        operations.discard(memo=memo, actor=market.actor(), now=NOW)
    assert refused.value.message == "CM-2026-00001 ist unverbraucht und wird nicht verworfen."


def test_a_draft_is_called_so_in_the_readers_language(german: None) -> None:
    assert str(CreditMemo(pk=7)) == "Entwurf 7"


def test_the_audit_log_tells_codes_in_words() -> None:
    assert value_text("source", "ad_hoc", "EUR") == "Ad hoc"
    assert value_text("source", "billing", "EUR") == "Billing run"
    assert value_text("asked", "close", "EUR") == "Close"
    assert value_text("asked", "something", "EUR") == "something"
