"""The web server as a process of its own, as a unit starts it: on a database of the test's, behind one proxy."""

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.stack import ROOT

START_SECONDS = 60
HOST = "billing.example"
HTTPS = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
"""What a proxy that ends TLS says."""


class WebServer:
    """One Gunicorn; ``lines`` are what it and the product wrote to the log."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.log = folder / "web.log"
        self.env = {
            **os.environ,
            "OFFSET_DATA": str(folder),
            "OFFSET_HTTPS": "yes",
            "OFFSET_HOSTS": HOST,
            "OFFSET_PROXIES": "1",
            "OFFSET_LOG_LEVEL": "INFO",
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        """Start it, and wait until it listens."""
        (self.folder / "static").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--workers", "1"]
        command += ["--threads", "4", "--no-control-socket"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.port:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the web server did not start:\n{self.log.read_text()}")
            told = [line["message"] for line in self.lines() if line["message"].startswith("Listening at")]
            self.port = int(told[0].partition("127.0.0.1:")[2].partition(" ")[0]) if told else 0
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """GET a path with these headers alone; underscores stand for hyphens. Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", path, headers=named)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def page(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """GET a page as the proxy asks for it."""
        return self.ask(path, **HTTPS, **headers)

    def lines(self, **wanted: object) -> list[dict[str, Any]]:
        """The log so far, each line an object; those that say this. Fails for a line that is no JSON."""
        whole = self.log.read_text().rpartition("\n")[0]
        found: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]
        return [line for line in found if wanted.items() <= line.items()]
