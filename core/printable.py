"""What people typed, as documents, mails, e-invoices and spreadsheets can show it."""

import re

_LINE_END = re.compile("\r\n|[\r\u000b\u000c\u001c\u001d\u0085\u2028\u2029]")
_CONTROL = re.compile("[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile("[ \t\n]+")
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text without control characters and without marks that turn the reading direction.

    Whatever ends a line somewhere is a line end, and any other control or half character a blank, so that words which
    it parted stay apart. Marks of direction have no width: they go without a trace.
    """
    return _TURNING.sub("", _CONTROL.sub(" ", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """The printable text of a name, a number or a description: single blanks, none around it."""
    return _BLANKS.sub(" ", printable(text)).strip(" ")
