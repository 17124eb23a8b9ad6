"""The fonts that tests need: one with Chinese and Japanese from the machine, and for browsers the product's own."""

import os
import shutil
import subprocess
from pathlib import Path

OWN = Path(__file__).resolve().parent.parent.parent / "documents" / "renderer" / "fonts"
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
FILE = "DroidSansFallbackFull.ttf"
INSTALLERS = {
    "apt-get": [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "fonts-droid-fallback"],
    ],
    "dnf": [["dnf", "install", "-y", "-q", "google-droid-sans-fonts"]],
}


def find_cjk_font() -> str | None:
    """The path of the font: the one named by OFFSET_TEST_CJK_FONT, or a well-known one."""
    named = os.environ.get("OFFSET_TEST_CJK_FONT", "")
    found = [path for folder in FOLDERS for path in sorted(Path(folder).rglob(FILE))]
    return named or next(map(str, found), None)


def install_cjk_font() -> str | None:
    """Install it through the machine's package manager, which takes root; give its path, or nothing."""
    manager = next((name for name in INSTALLERS if shutil.which(name)), None)
    if os.geteuid() != 0 or manager is None:
        return None
    for command in INSTALLERS[manager]:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL, timeout=300)
    return find_cjk_font()


def write_font_settings(folder: Path) -> Path:
    """Write what makes Chromium set pages in the product's Roboto, which the style sheet names, on any machine.

    A bare machine has a much wider font only, with which a list that fits a laptop does not. Gives the file for
    FONTCONFIG_FILE; raises FileNotFoundError when the font is not where it was.
    """
    (OWN / "Roboto-Regular.ttf").stat()
    settings = folder / "fonts.conf"
    settings.write_text(
        f"""<?xml version="1.0"?>
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{OWN}</dir>
</fontconfig>
"""
    )
    return settings
