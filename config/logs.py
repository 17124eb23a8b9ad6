"""Log lines as JSON: one event is one line, whatever was typed into it."""

import json
import logging
import re
from datetime import UTC, datetime
from urllib.parse import quote

from core import request_ids
from core.away import is_away

FIELDS = (
    "method", "path", "status", "seconds", "person", "marketplace", "user", "permission",
    "job", "handler", "topic", "key", "attempt", "jobs", "queue",
)  # fmt: skip
"""What a line may say beside its message (``extra``): names and figures, nothing that people typed in confidence."""
_TOKEN = re.compile(r"[^/.]{30,}")
"""A part of a path that may be a secret, as in links that set a password; names of pages and files are shorter."""


def shown_path(path: str) -> str:
    """The path as it may stand in a log: without tokens. What follows the question mark is never logged."""
    return _TOKEN.sub("...", quote(path, safe="/~:@!$&'()*+,;="))


class JsonLines(logging.Formatter):
    """Write each record as one JSON object; line breaks and control characters come out escaped.

    A database that is away is no fault of the code: that line has no trace, and is no error.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line for a record."""
        error = record.exc_info[1] if record.exc_info else None
        away = is_away(error)
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": "warning" if away else record.levelname.lower(),
            "logger": record.name,
            "message": f"the database is away: {str(error).strip()}" if away else _message(record),
            "process": record.process,
        }
        request_id = getattr(record, "request_id", "") or request_ids.current()
        if request_id:
            line["request"] = request_id
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        if error is not None and not away and record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def _message(record: logging.LogRecord) -> str:
    """The message; Django's own lines name the paths of requests, which may hold tokens."""
    if record.name.startswith("django.") and isinstance(record.args, tuple):
        shown = tuple(shown_path(each) if isinstance(each, str) and each[:1] == "/" else each for each in record.args)
        return str(record.msg) % shown if shown else str(record.msg)
    return record.getMessage()
