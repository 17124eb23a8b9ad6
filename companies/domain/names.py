"""What a person may be called: not like what the log calls those that are no people."""

import unicodedata

from companies.domain.refusals import NameIsReserved
from core.actors import CALENDAR, MACHINE, PIPELINE, PROVIDER

RESERVED = (PIPELINE, CALENDAR, PROVIDER, "System", "Offset", "Import")
BEGINNINGS = (MACHINE,)
"""Whatever begins like this is no name either: the log goes on with the machine's."""
_ALIKE = str.maketrans(
    "\u0430\u0432\u0435\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u04cf"  # Cyrillic
    "\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"  # Greek
    "0135i\u0131",
    "abeijkmhopctyxlabenikvoptuxolesll",
)
"""Letters and digits that look like Latin small ones; i and l look alike when one of them is capital."""


def skeleton(name: str) -> str:
    """What a reader sees of a name: letters and digits alone, without case, marks and forms, look-alikes as one."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", name).casefold() if letter.isalnum())
    return letters.translate(_ALIKE).translate(_ALIKE)


_RESERVED = {skeleton(name) for name in RESERVED}
_BEGINNINGS = tuple(map(skeleton, BEGINNINGS))


def check_person_name(name: str, *, field: str = "name") -> None:
    """Refuse a name that would be taken for the pipeline, the calendar or the product itself in the log."""
    seen = skeleton(name)
    if seen in _RESERVED or seen.startswith(_BEGINNINGS):
        raise NameIsReserved(name=name.strip(), field=field)
