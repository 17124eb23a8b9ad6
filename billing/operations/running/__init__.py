"""Billing runs: started, worked on by any number of workers batch by batch, stopped, and failures tried again."""

from billing.operations.running.retrying import Retried, retry_events, retry_lines
from billing.operations.running.starting import (
    break_off,
    collect,
    finish_if_done,
    publish_next,
    start_run,
    stop_run,
)
from billing.operations.running.worker import RunWorker

__all__ = [
    "Retried",
    "RunWorker",
    "break_off",
    "collect",
    "finish_if_done",
    "publish_next",
    "retry_events",
    "retry_lines",
    "start_run",
    "stop_run",
]
