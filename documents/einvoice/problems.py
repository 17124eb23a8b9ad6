"""What the official rules say against a document."""

from typing import NamedTuple


class Problem(NamedTuple):
    """A rule that a document breaks, and whether that makes it invalid.

    ``rule`` is the rule's name in the standard, ``XSD`` for the schema and ``XML`` for what is no such document at all.
    """

    rule: str
    text: str
    is_fatal: bool = True
