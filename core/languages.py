"""Which language is written in, when a customer wishes for one and only some are there (pure)."""

from collections.abc import Container, Iterable

FALLBACK = "en"


def first_of(wishes: Iterable[str], there_are: Container[str]) -> str:
    """The first wish that there is, "de-AT" counting as "de"; English when there is none."""
    for wish in wishes:
        for language in (wish, wish.split("-")[0]):
            if language in there_are:
                return language
    return FALLBACK
