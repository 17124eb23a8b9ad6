"""What ends a line ends one, what parts words parts them, and nothing else of it is left."""

import pytest

from core.printable import one_line, printable


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029"])
def test_whatever_ends_a_line_is_a_line_end(end: str) -> None:
    assert printable(f"Total{end}due") == "Total\ndue"
    assert one_line(f"{end}Total{end}{end}due{end}") == "Total due"


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x1e", "\x7f", "\x80", "\x9f", "\ud800", "\ufffe", "\uffff"])
def test_any_other_control_character_is_a_blank(sign: str) -> None:
    assert printable(f"Total{sign}due") == one_line(f"Total{sign}due") == "Total due"


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"])
def test_marks_of_direction_have_no_width(mark: str) -> None:
    assert printable(f"To{mark}tal") == "Total"


@pytest.mark.parametrize("text", ["1\u00a0234,50\u00a0€", "Ünïcode 漢字 \U0001f600", "a\tb"])
def test_what_can_be_shown_stays(text: str) -> None:
    assert printable(text) == text


def test_a_name_keeps_its_hard_blanks() -> None:
    assert one_line(" Société\u00a0 Générale\t") == "Société\u00a0 Générale"
