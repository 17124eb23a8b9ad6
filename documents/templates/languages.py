"""The languages that templates can be written in, by code; those of the product come first (pure)."""

from babel import Locale

from documents.templates import defaults

FURTHER = (
    "ar", "bg", "cs", "da", "el", "es", "et", "fi", "hr", "hu", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt",
    "ro", "ru", "sk", "sl", "sv", "tr", "uk", "zh",
)  # fmt: skip


def codes() -> list[str]:
    """All of them."""
    return [*defaults.languages(), *(code for code in FURTHER if code not in defaults.languages())]


def name_of(code: str, reader: str = "en") -> str:
    """A language in the reader's words: "German"; an unknown code is its own name."""
    if code not in codes():
        return code
    name = Locale.parse(code).get_display_name(reader) or code
    return name[:1].upper() + name[1:]
