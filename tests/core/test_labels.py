"""The words of what is stored: each app says its own, and core and web know none of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from core import audit, labels, outbox
from documents.domain import kinds as document_kinds
from notifications.domain.kinds import all_kinds
from tests.factories.world import NOW, Market

BELOW = ("core", "web")
KERNEL = {"outbox.redrive", "outbox.set_aside"}
"""What the kernel itself records."""
WEB = {"work", "switch"}
"""Badges that web brings."""
ICONS = "icons.py"
"""Names of pictures: a receipt may be one, and a kind of document too."""
ORDINARY = {
    "amount",
    "attempts",
    "changed",
    "company",
    "day",
    "documents",
    "email",
    "reason",
    "error",
    "event",
    "file",
    "key",
    "kind",
    "member",
    "method",
    "name",
    "permission",
    "person",
    "pipeline",
    "refused",
    "role",
    "roles",
    "state",
    "status",
    "text",
    "total",
}
"""Fields and badges of apps that are words of the kernel and of pages too: columns, parts of forms, the sidebar."""


def strings(path: Path) -> Iterator[str]:
    """Every string constant of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def app_words() -> set[str]:
    """What apps register: kinds of documents and mails, verbs, events and what follows them, badges, fields."""
    verbs = {*labels.VERBS} | {name for each in outbox._handlers.values() for name in (each.topic, each.name)}
    kinds = {*document_kinds.names()} | {kind.name for kind in all_kinds()}
    return (verbs | kinds | {*labels.BADGES} | {*labels.FIELDS}) - KERNEL - WEB - ORDINARY


def test_core_and_web_know_no_word_of_an_app() -> None:
    """Whole string constants are compared: a word inside a text, or an ordinary one, is no knowledge of an app."""
    words = app_words()
    assert words >= {"invoice", "credit_memo", "invoice.issued", "documents.make_pdf", "applications", "invoice_prefix"}
    found = {
        (str(path.relative_to(settings.BASE_DIR)), text)
        for app in BELOW
        for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if "migrations" not in path.parts and path.name != ICONS
        for text in strings(path)
        if text in words
    }
    assert found == set()


def test_two_apps_do_not_say_the_same() -> None:
    with pytest.raises(ValueError, match=r"two apps say invoice\.issued"):
        labels.register(verbs={"invoice.issued": "Made an invoice"})


def test_an_unknown_word_is_an_error_here_and_shows_as_it_is_stored_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(labels.UnknownWord, match=r"no app says the verb memo\.eaten"):
        labels.verb_text("memo.eaten")
    with pytest.raises(labels.UnknownWord, match="no app says the field taste"):
        labels.field_text("taste")
    with pytest.raises(labels.UnknownWord, match="no app says the badge invoice eaten"):
        labels.badge_text("invoice", "eaten")
    monkeypatch.setattr(labels, "is_strict", False)
    assert labels.verb_text("memo.eaten_up") == "memo: eaten up"
    assert labels.field_text("taste_of") == "Taste of"
    assert labels.badge_text("invoice", "eaten_up") == "eaten up"


def test_nothing_is_kept_that_could_not_be_said(market: Market) -> None:
    with pytest.raises(labels.UnknownWord, match=r"no app says the verb memo\.eaten"):
        audit.record(actor=market.actor(), verb="memo.eaten", now=NOW)
    with pytest.raises(labels.UnknownWord, match="no app says the field smell, taste"):
        audit.record(actor=market.actor(), verb="invoice.issued", after={"taste": 1, "smell": 2, "total": 3}, now=NOW)


def test_every_icon_of_a_badge_and_a_place_is_in_the_sprite() -> None:
    from web.icons import NAMES

    assert {badge.icon for kind in labels.BADGES.values() for badge in kind.values()} <= NAMES
    assert {place.icon for place in labels.PLACES} <= NAMES
