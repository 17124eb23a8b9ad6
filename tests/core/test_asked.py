"""What the words of a search can mean."""

import pytest

from core.asked import When, Word, words_of
from core.formats import read_by
from core.search_keys import MOST_WORDS

NOVEMBER = (When(month=11),)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("565,25 Grünwald November", "en", [Word("565,25", 56525), Word("Grünwald"), Word("November", whens=NOVEMBER)]),
        ("565.25 nov.", "de", [Word("565.25", 56525), Word("nov.", whens=NOVEMBER)]),
        ("Novembre Dubois", "fr", [Word("Novembre", whens=NOVEMBER), Word("Dubois")]),
        ("novembre", "en", [Word("novembre")]),
        ("29. November 2026 Wien", "de", [Word("29. November 2026", whens=(When(2026, 11, 29),)), Word("Wien")]),
        ("Nov 29, 2026", "en", [Word("Nov 29, 2026", whens=(When(2026, 11, 29),))]),
        ("Nov 2026", "en", [Word("Nov 2026", whens=(When(2026, 11),))]),
        ("29 nov", "en", [Word("29 nov", whens=(When(None, 11, 29),))]),
        ("2026-11-29", "en", [Word("2026-11-29", whens=(When(2026, 11, 29),))]),
        ("2026-11", "en", [Word("2026-11", whens=(When(2026, 11),))]),
        ("29.11.2026", "de", [Word("29.11.2026", whens=(When(2026, 11, 29),))]),
        ("29.11.", "de", [Word("29.11.", whens=(When(None, 11, 29),))]),
        ("3/4/26", "en", [Word("3/4/26", whens=(When(2026, 4, 3), When(2026, 3, 4)))]),
        ("30.2.2026", "de", [Word("30.2.2026")]),
        *((text, "en", [Word(text)]) for text in ("0000-01-01", "0000-01", "2026-00", "1.1.0000", "1/0/2026")),
        ("1 801,42 € Acme", "fr", [Word("1 801,42 €", 180142), Word("Acme")]),
        ("€ 30", "en", [Word("€ 30", 3000)]),
        ("12", "en", [Word("12", 1200, counter=12)]),
        ("2026", "en", [Word("2026", 202600, counter=2026)]),
        ("2026 Acme", "en", [Word("2026", 202600, (When(2026),), 2026), Word("Acme")]),
        ("CM-2026-00001", "en", [Word("CM-2026-00001")]),
        ("\0 \0", "en", []),
    ],
)  # fmt: skip
def test_words(text: str, language: str, words: list[Word]) -> None:
    with read_by(language):
        assert words_of(text, currency="EUR") == words


def test_nobody_remembers_more() -> None:
    assert len(words_of("a " * 100, currency="EUR")) == MOST_WORDS


def test_yen_have_no_cents() -> None:
    assert words_of("565,25", currency="JPY") == [Word("565,25")]
