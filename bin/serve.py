"""Run the whole product on one machine: Valkey, worker, relay and web server, until Ctrl-C.

Started by `make run`. Everything it keeps is in one data folder (`OFFSET_DATA`, default `var`).
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from product import ROOT, STATE, Product, Refused

DATA = Path(os.environ.get("OFFSET_DATA") or ROOT / "var").resolve()
HOST = os.environ.get("OFFSET_BIND") or "127.0.0.1"


def hold_data() -> object:
    """Take the data folder for this process, or refuse when another one has it. Keep the result while running."""
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (DATA / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        state = json.loads((DATA / STATE).read_text(encoding="utf-8")) if (DATA / STATE).exists() else {}
        where = f" at {state['address']}, process {state['supervisor']}" if state else ""
        message = (
            f"Offset is already running on the data in {DATA}{where}.\n"
            "Stop that one first, or name another folder: make run OFFSET_DATA=/some/folder"
        )
        raise Refused(message) from None
    return lock


def prepare(product: Product) -> None:
    """Run the migrations and the preparation to their end, with their output on the terminal."""
    print("Bringing the database up to date ...", flush=True)
    for command in (["manage.py", "migrate", "--verbosity", "0", "--no-input"], ["bin/prepare.py"]):
        with subprocess.Popen([sys.executable, *command], env=product.env, cwd=ROOT, start_new_session=True) as child:
            try:
                code = child.wait()
            except KeyboardInterrupt:
                child.terminate()
                raise
        if code:
            raise Refused(f"Preparing the data failed: {command[0]} ended with {code}, see above.")


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat every request to stop as Ctrl-C."""
    raise KeyboardInterrupt


def announce(product: Product, seconds: float) -> None:
    """Say where to go and who can sign in."""
    print(f"\nOffset is ready at {product.address} ({seconds:.0f} s). Ctrl-C stops it.", flush=True)
    people = DATA / "demo-people.txt"
    if people.exists():
        print(people.read_text(encoding="utf-8"), flush=True)
    print(f"Data: {DATA}   logs: {product.logs}", flush=True)


def run() -> None:
    """Prepare, start, watch, and stop whatever happens."""
    began = time.monotonic()
    lock = hold_data()
    product = Product(DATA, HOST)
    try:
        prepare(product)
        product.start()
        product.wait_until_ready()
        announce(product, time.monotonic() - began)
        while True:
            time.sleep(0.5)
            product.revive()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("\nStopping ...", flush=True)
        product.stop()
        del lock


def main() -> int:
    """Turn stopping and refusing into exit codes."""
    signal.signal(signal.SIGINT, interrupt)  # A shell starts what runs in its background deaf to Ctrl-C.
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        run()
    except KeyboardInterrupt:
        print("Stopped.")
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
