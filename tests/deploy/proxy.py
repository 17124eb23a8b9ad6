"""A real nginx with the configuration that docs/deploy.md gives, on free ports and with a certificate of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.deploy.installation import ROOT, SECONDS
from tests.support.smtp import free_port

NAME = "billing.example.com"
INSTALL = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light"]]
AROUND = """daemon off;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/offset.conf;
}}
"""


def find_nginx() -> str | None:
    """The program, from the machine or, as root, from its package manager; nothing where neither has it."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    for command in INSTALL:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL, timeout=SECONDS * 3)
    return shutil.which("nginx", path="/usr/sbin")


class Proxy:
    """One nginx; ``port`` speaks TLS with the certificate in ``authority``, and hands on to a web server."""

    def __init__(self, program: str, folder: Path, web_port: int) -> None:
        self.folder, self.port, self.plain = folder, free_port(), free_port()
        self.authority = folder / "fullchain.pem"
        openssl = str(shutil.which("openssl"))
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
             "-keyout", str(folder / "key.pem"), "-out", str(self.authority)],
            check=True, capture_output=True,
        )  # fmt: skip
        text = (ROOT / "deploy" / "nginx" / "offset.conf").read_text(encoding="utf-8")
        for ours, here in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};", "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            "/etc/ssl/offset": str(folder), "127.0.0.1:8000": f"127.0.0.1:{web_port}",
        }.items():  # fmt: skip
            assert ours in text
            text = text.replace(ours, here)
        (folder / "offset.conf").write_text(text)
        main = folder / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        main.write_text(user + AROUND.format(folder=folder))
        self.process = subprocess.Popen([program, "-c", str(main)], stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=SECONDS)
