"""The floors and rooms of `pyproject.toml` hold: imports go one way."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_imports_go_down(capsys: object) -> None:
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS
