"""The parts of the product and the one place that says how each is started: for units, containers and `make run`."""

_CELERY = ["-m", "celery", "-A", "config"]
_WORKER = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]

COMMANDS: dict[str, list[str]] = {
    "web": [
        *("-m", "gunicorn", "config.wsgi", "--workers", "4", "--threads", "4", "--timeout", "60"),
        *("--graceful-timeout", "20", "--max-requests", "5000", "--max-requests-jitter", "500", "--no-control-socket"),
    ],
    "relay": ["manage.py", "relay"],
    "worker": [
        *(*_CELERY, *_WORKER, "--hostname", "worker@%h"),
        *("--queues", "default,documents,mail", "--concurrency", "4"),
    ],
    "biller": [*_CELERY, *_WORKER, "--hostname", "biller@%h", "--queues", "billing", "--concurrency", "2"],
    "teller": [*_CELERY, *_WORKER, "--hostname", "teller@%h", "--queues", "payments", "--concurrency", "2"],
    "beat": [*_CELERY, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    "prepare": ["bin/prepare.py"],
}
"""What Python is given, in the project's folder. Words that follow overrule: `bin/offset worker --concurrency 8`.

Billing has workers of its own, so that a run keeps nobody from their PDFs and mails. So has what is asked of payment
providers: a slow one keeps nobody waiting, and only these load a provider's library.
"""


def bound(host: str, port: str) -> list[str]:
    """Where the web server listens: on this machine alone unless told otherwise."""
    return ["--bind", f"{host or '127.0.0.1'}:{port or '8000'}"]
