"""Log lines as JSON: one event is one line, whatever was typed into it."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Write each record as one JSON object; line breaks and control characters come out escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line for a record."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
