"""Where the processes of a part count, when ``OFFSET_METRICS_PORT`` asks for it: a folder in the data folder.

prometheus_client looks for the folder when it is first imported, so this is called before Django loads the apps.
"""

import os
import shutil
from pathlib import Path

from config.readers import number, text

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def begin(part: str) -> None:
    """In the main process of a part, before its children: an empty folder to count in, which they inherit."""
    if not number("OFFSET_METRICS_PORT", 0):
        return
    folder = folder_of_all() / part
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[VARIABLE] = str(folder)


def folder_of_all() -> Path:
    """The folder that holds those of all parts of this host."""
    return Path(text("OFFSET_DATA", str(Path(__file__).resolve().parent.parent / "var"))).resolve() / "metrics"
