"""What Gunicorn reads by itself when it starts here; what differs between machines stands in its command."""

from config import metrics as _metrics

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        # config.access_log writes a line that knows who asked, and leaves out what may be secret.
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}


def on_starting(_server: object) -> None:
    """The workers, which are its children, count together."""
    _metrics.begin("web")
