"""Billing runs: started, worked on by any number of workers batch by batch, stopped, and failures tried again."""

from billing.operations.running.lanes import Lane
from billing.operations.running.retrying import retry_events, retry_lines
from billing.operations.running.starting import collect, finish_if_done, publish_turn, start_run, stop_run

__all__ = [
    "Lane",
    "collect",
    "finish_if_done",
    "publish_turn",
    "retry_events",
    "retry_lines",
    "start_run",
    "stop_run",
]
