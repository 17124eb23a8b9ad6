"""Files of billing events: taken in, read chunk by chunk, stopped and gone on with."""

from billing.operations.importing.reading import read_turn
from billing.operations.importing.starting import break_off, go_on, publish_turn, start_import, stop

__all__ = ["break_off", "go_on", "publish_turn", "read_turn", "start_import", "stop"]
