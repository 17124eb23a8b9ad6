"""The floors and rooms of `pyproject.toml` hold: imports go one way, and every module stands in a room."""

import tomllib
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
LIBRARIES = {"core", "web"}
"""The kernel and the making of pages: not rooms of a business, but modules that the rooms of all others use."""
DJANGO = {"__init__", "apps", "labels", "migrations", "guards"}
"""What Django or the kernel looks for by its name."""


def rooms() -> set[str]:
    """The rooms that the contract names, from the top."""
    contract = next(each for each in TOOLS["importlinter"]["contracts"] if each["id"] == "rooms")
    return {room.strip(" ()") for layer in contract["layers"] for room in layer.split(":")}


def outside() -> set[str]:
    """The modules of apps that stand in no room."""
    found = set()
    for app in set(TOOLS["importlinter"]["root_packages"]) - LIBRARIES:
        for path in (ROOT / app).iterdir():
            if path.suffix == ".py" or (path / "__init__.py").exists():
                name = path.stem
                if name not in rooms() | DJANGO:
                    found.add(f"{app}.{name}")
    return found


def test_imports_go_down(capsys: object) -> None:
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


def test_every_module_stands_in_a_room() -> None:
    assert outside() == set(TOOLS["offset"]["outside_rooms"])
