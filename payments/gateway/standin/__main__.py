"""Start the stand-in: ``python -m payments.gateway.standin --help``."""

import argparse
import logging
import signal
import threading
import time
from pathlib import Path

from payments.gateway.standin import control, keys
from payments.gateway.standin.hooks import Delivery
from payments.gateway.standin.server import Server
from payments.gateway.standin.store import Store
from payments.gateway.standin.world import World

KEY = "sk_test_standin"


def arguments() -> argparse.Namespace:
    """What was asked for at the start."""
    parser = argparse.ArgumentParser(description="A stand-in for Stripe, on the loopback.")
    parser.add_argument("--port", type=int, default=12111, help="0: any that is free, told on the first line")
    parser.add_argument("--origin", default="", help="where browsers reach its pages, if not at its own address")
    parser.add_argument("--state", type=Path, help="a file in which it remembers; else it forgets when it ends")
    parser.add_argument("--key", default=KEY, help="the API key that it takes")
    parser.add_argument("--hook", default="", help="the address that gets its webhooks")
    parser.add_argument("--hook-secret", action="append", default=[], help="signs them; may be given twice")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds until debits and refunds settle")
    parser.add_argument("--seed", type=int, default=1, help="of its ids and faults")
    return parser.parse_args()


def tick(world: World) -> None:
    """Let what is due happen, also when nobody asks."""
    while True:
        time.sleep(0.1)
        with world.store.lock:
            control.run_due(world)
            world.store.flush()


def main() -> None:
    """Serve until the process is ended."""
    told = arguments()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    server = Server(told.port)
    address = f"http://127.0.0.1:{server.server_port}"
    world = server.world = World(
        Store(told.seed, told.state), key=told.key, origin=told.origin or address, pause=told.pause
    )
    keys.forget_unfinished(world)
    world.hooks.to = Delivery(url=told.hook, secrets=tuple(told.hook_secret))
    for work in (world.hooks.run, lambda: tick(world)):
        threading.Thread(target=work, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_told: threading.Thread(target=server.shutdown, daemon=True).start())
    print(address, flush=True)  # noqa: T201 - whoever started it reads the address
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
