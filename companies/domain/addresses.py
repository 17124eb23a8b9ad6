"""E-mail addresses: one spelling for each, so that one mailbox is one person."""

import unicodedata


def canonical(text: str) -> str:
    """The one spelling of an address: compatibility forms resolved, no blanks around it, small letters.

    What was typed with a Kelvin sign, a long s or full-width letters is the plain address that mail would go to.
    """
    return unicodedata.normalize("NFKC", text).strip().lower()
