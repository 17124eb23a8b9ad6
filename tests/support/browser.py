"""Where Chromium is on this machine, and how it is brought there when it is not."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
INSTALLERS = {
    "apt-get": [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ],
    "dnf": [["dnf", "install", "-y", "-q", "chromium"]],
    "apk": [["apk", "add", "--quiet", "chromium"]],
}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """The path of a Chromium: the one named by OFFSET_CHROMIUM, or the first in the PATH."""
    names = [os.environ.get("OFFSET_CHROMIUM", ""), *NAMES]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def install_chromium() -> str | None:
    """Install it through the machine's package manager, which takes root; give its path, or nothing."""
    manager = next((name for name in INSTALLERS if shutil.which(name)), None)
    if os.geteuid() != 0 or manager is None:
        return None
    for command in INSTALLERS[manager]:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL, timeout=600)
    return find_chromium()
