"""A log line is one line, whatever was typed into it."""

import json
import logging

from config.logs import JsonLines


def test_line_breaks_and_control_characters_are_escaped() -> None:
    name = 'eve\r\n{"level": "info"}\x1b[2J'
    record = logging.LogRecord("web", logging.WARNING, "", 0, "sign-in of %s", (name,), None)
    line = JsonLines().format(record)
    assert line.isascii()
    assert not any(ord(character) < 32 for character in line)
    assert json.loads(line)["message"] == 'sign-in of eve\r\n{"level": "info"}\x1b[2J'


def test_an_error_keeps_its_trace() -> None:
    error = ValueError("no balance")
    record = logging.LogRecord("web", logging.ERROR, "", 0, "failed", (), (type(error), error, None))
    assert "no balance" in json.loads(JsonLines().format(record))["error"]
