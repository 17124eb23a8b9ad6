"""Make the virtual environment and install the hashed requirements into it, or find that all is there.

Runs on the machine's own Python with the standard library alone. Usage: environment.py runtime|dev
"""

import fcntl
import hashlib
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"
FILES = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}


def digest(kind: str) -> str:
    """Fingerprint of a requirements file and of the Python that made the environment."""
    return hashlib.sha256((ROOT / FILES[kind]).read_bytes() + sys.version.encode()).hexdigest()


def is_ready(kind: str) -> bool:
    """Whether the environment works and holds exactly these requirements."""
    stamp = HOME / f"installed-{kind}"
    return PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest(kind)


def works() -> bool:
    """Whether the environment's Python starts: it does not after the machine's Python was replaced or moved."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True).returncode == 0


def install(kind: str) -> None:
    """Install one requirements file with its hashes, telling how far it is."""
    count = sum("==" in line for line in (ROOT / FILES[kind]).read_text(encoding="utf-8").splitlines())
    print(f"Installing {count} packages from {FILES[kind]} ...", flush=True)
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    command += ["--require-hashes", "-r", str(ROOT / FILES[kind])]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or []:
            lines.append(line)
            seen = sum(known.startswith(("Collecting", "Requirement already")) for known in lines)
            if line.startswith("Collecting") and seen % 20 == 0:
                print(f"  {seen} of {count} fetched", flush=True)
            if line.startswith("Installing collected"):
                print("  all fetched, unpacking", flush=True)
    if pip.returncode:
        sys.exit("".join(lines[-25:]) + "\nInstalling the requirements failed: see above.")


def main(kind: str) -> None:
    """Bring the environment to the wanted state, one process at a time."""
    if is_ready(kind):
        return
    started = time.monotonic()
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_ready(kind):
            return
        if not works():
            print(f"Making the virtual environment {HOME.name} ...", flush=True)
            venv.create(HOME, clear=HOME.exists(), with_pip=True)
        install(kind)
        for done in ["runtime", "dev"] if kind == "dev" else ["runtime"]:
            (HOME / f"installed-{done}").write_text(digest(done), encoding="ascii")
    print(f"  ready after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
