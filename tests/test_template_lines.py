"""Long lines of templates are named, with their file."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def check(*paths: Path) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / "bin" / "template_lines.py"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_no_template_has_a_long_line() -> None:
    assert check(*ROOT.glob("templates/**/*.html")) == (0, "")


def test_a_long_line_fails(tmp_path: Path) -> None:
    short, long = tmp_path / "short.html", tmp_path / "long.html"
    short.write_text("é" * 160 + "\n", encoding="utf-8")
    long.write_text("<p>\n" + "x" * 161 + "\n</p>\n", encoding="utf-8")
    assert check(short) == (0, "")
    assert check(short, long) == (1, f"{long}:2: 161 characters in a line; break it at 160 or before\n")
