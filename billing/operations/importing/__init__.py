"""Files of billing events: taken in, read chunk by chunk, stopped and gone on with."""

from billing.operations.importing.reading import read_turn
from billing.operations.importing.starting import (
    break_off,
    go_on,
    import_tried,
    publish_turn,
    read_anew,
    start_import,
    stop,
)

__all__ = ["break_off", "go_on", "import_tried", "publish_turn", "read_anew", "read_turn", "start_import", "stop"]
