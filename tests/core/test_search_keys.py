"""What is found, is found alike on both databases: by folded texts, whose meaning Python alone decides."""

import random
from unicodedata import normalize

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from companies.models import Company, Membership
from core.search_keys import folded, key_begins, key_holds, with_keys, wrong
from tests.factories.companies import CompanyFactory, MarketplaceFactory
from tests.factories.world import Market

SCRIPTS = (
    "abcxyzABCXYZ0189", "äöüßÄÖÜẞéèêçÉÇñåø", "ﬁﬀＡｂ１²½Ⅷ", "αβγςΣΆώ", "абвЯЖйЙёЁ", "ıIİiKÅ", "中文株式会社㈱", "ㄱ가각한글",
    "اللغةﷲ", "שלוםִ", "हिन्दीक्षि", "ไทยกำ", "%_\\'\"*-+.,&/()", "\u0301\u0308\u0327", "😀👩‍🚀", "ǆǅǄŉẖ",
)  # fmt: skip
SEARCHES = 1000


def word(rng: random.Random, least: int, most: int) -> str:
    """Letters of one script, rarely of two; composed or not."""
    letters = rng.choice(SCRIPTS) + (rng.choice(SCRIPTS) if rng.random() < 0.3 else "")
    text = "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))
    return normalize(rng.choice(("NFC", "NFD", "NFKC")), text)


def part_of(rng: random.Random, name: str) -> str:
    """Some of a name, in other letters."""
    start = rng.randrange(len(name))
    part = name[start : start + rng.randint(1, 5)]
    return rng.choice((part, part.upper(), part.lower(), part.swapcase(), normalize("NFD", part)))


@pytest.mark.django_db
def test_a_thousand_searches_find_what_python_finds() -> None:
    rng = random.Random(53)
    market = MarketplaceFactory.create()
    names = [" ".join(word(rng, 1, 6) for _ in range(rng.randint(1, 3))) for _ in range(300)]
    for name in names:
        CompanyFactory.create(marketplace=market, name=name)
    keys = {pk: folded(name) for pk, name in Company.objects.values_list("pk", "name")}
    hits = 0
    for turn in range(SEARCHES):
        text = part_of(rng, rng.choice(names)) if turn % 4 else word(rng, 1, 3)
        sought, begins = folded(text), turn % 5 == 0
        found = Company.objects.filter(key_begins(text) if begins else key_holds(text))
        right = {pk for pk, key in keys.items() if sought and (key.startswith(sought) if begins else sought in key)}
        assert set(found.values_list("pk", flat=True)) == right, (text, begins)
        hits += bool(right)
    assert hits > SEARCHES / 2


@given(st.text(max_size=20))
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(normalize("NFD", text)) == folded(normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÄRZTE  GmbH", "ärzte gmbh"), ("Straße", "STRASSE"), ("ﬁnance", "Finance"), ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("１２３", "123"), ("a\N{NO-BREAK SPACE}b", "A b"), ("株式会社", "㍿"),
    ],
)  # fmt: skip
def test_spellings_that_are_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_accents_count() -> None:
    assert folded("Müller") != folded("Muller")
    assert folded("резюме") != folded("резюмё")


def test_every_writer_fills_them(market: Market) -> None:
    member = Membership.objects.get(user=market.user("finance"))
    assert member.search_key == folded(member.name) != ""
    assert market.acme.search_key == "acme north"
    assert "long street 1" in market.acme.details_key
    assert {model.__name__ for model in with_keys()} >= {
        "Company", "Membership", "Product", "Invoice", "CreditMemo", "PersonAsOf", "EventImport"
    }  # fmt: skip
    assert [list(wrong(model)) for model in with_keys()] == [[] for _ in with_keys()]


@pytest.mark.postgres
@pytest.mark.django_db
def test_parts_of_names_are_found_by_trigrams() -> None:
    market = MarketplaceFactory.create()
    CompanyFactory.create(marketplace=market, name="Müller AG")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "company_by_search" in Company.objects.filter(key_holds("ülle")).explain()
