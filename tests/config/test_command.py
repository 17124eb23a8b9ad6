"""`bin/offset` finds its settings and its user, keeps the owner's address to itself, and refuses in words."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "bin"))

import update  # noqa: E402

ENVIRONMENT = "import os; print(sorted(name for name in os.environ if 'DATABASE' in name), os.environ['DATABASE_URL'])"
SETTLE = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import running_user
os.setuid(int(sys.argv[3]))
found = {name: value for name, value in os.environ.items() if name == "OFFSET_USER"}
try:
    running_user.settle(found, Path(sys.argv[2]))
    print(os.getuid(), found.get("LOGNAME", ""))
except running_user.WrongUser as refusal:
    print(refusal)
"""


class Machine:
    """A folder with the files of a machine: settings, the owner's address, data."""

    def __init__(self, folder: Path) -> None:
        self.file, self.owner, self.data = folder / "offset.env", folder / "offset-owner.env", folder / "data"
        self.data.mkdir()
        self.url = f"sqlite:///{self.data}/offset.sqlite3"
        self.write(f"OFFSET_DATA='{self.data}'", f"DATABASE_URL={self.url}", "OFFSET_SECRET_KEY=known")

    def write(self, *lines: str) -> None:
        self.file.write_text("\n".join(lines))

    def write_owner(self, *lines: str, mode: int = 0o600) -> None:
        self.owner.write_text("\n".join(lines))
        self.owner.chmod(mode)

    def offset(self, *words: str, cwd: str = "/", **variables: str) -> tuple[int, str]:
        """Run a command in a folder; its exit code, and what it said."""
        env = {"PATH": os.environ["PATH"], "OFFSET_ENV_FILE": str(self.file), "OFFSET_OWNER_ENV_FILE": ""}
        if self.owner.exists():
            env["OFFSET_OWNER_ENV_FILE"] = str(self.owner)
        done = subprocess.run(
            [ROOT / "bin" / "offset", *words], env=env | variables, cwd=cwd, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, (done.stdout + done.stderr).strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_file_wins_over_what_is_set_already(machine: Machine) -> None:
    said = machine.offset("shell", "--verbosity", "0", "-c", ENVIRONMENT, DATABASE_URL="sqlite:////elsewhere")
    assert said == (0, f"['DATABASE_URL'] {machine.url}")


@pytest.mark.parametrize("word", ["web", "relay", "worker", "biller", "teller", "beat", "migrate", "prepare"])
def test_whatever_cannot_be_read_is_told_together(machine: Machine, word: str) -> None:
    machine.write(f"OFFSET_DATA={machine.data}", "OFFSET_HOST=a.example", "OFFSET_SMTP_URL=smtp://mail.example:25")
    code, said = machine.offset(word)
    assert code == 78
    assert [line.split(" is ")[0] for line in said.splitlines()] == ["OFFSET_HOST", "DATABASE_URL", "OFFSET_MAIL_FROM"]


def test_a_file_that_cannot_be_read_is_told(machine: Machine) -> None:
    machine.write("OFFSET_DATA=/srv/offset", "OFFSET_HTTPS: no")
    told = f"{machine.file}, line 2: this is neither NAME=value nor a comment."
    assert machine.offset("verify_books") == (78, told)
    missing = str(machine.file.with_name("none"))
    assert machine.offset("web", OFFSET_ENV_FILE=missing) == (78, f"There is no file {missing}.")


def test_without_a_file_the_callers_settings_count(machine: Machine) -> None:
    given = {"OFFSET_ENV_FILE": "", "OFFSET_DATA": str(machine.data), "DATABASE_URL": machine.url}
    assert machine.offset("shell", "--verbosity", "0", "-c", ENVIRONMENT, **given) == (
        0,
        f"['DATABASE_URL'] {machine.url}",
    )


def test_only_who_changes_the_schema_is_given_the_owner(machine: Machine) -> None:
    machine.write_owner(f"DATABASE_OWNER_URL=sqlite:///{machine.data}/owner.sqlite3")
    told = (0, f"['DATABASE_URL'] {machine.url}")
    leaked = f"sqlite:///{machine.data}/leaked.sqlite3"
    assert machine.offset("shell", "--verbosity", "0", "-c", ENVIRONMENT, DATABASE_OWNER_URL=leaked) == told
    assert machine.offset("migrate", "--plan")[0] == 0
    assert sorted(path.name for path in machine.data.iterdir() if path.suffix == ".sqlite3") == ["owner.sqlite3"]


def test_the_owners_address_has_a_file_of_its_own(machine: Machine) -> None:
    line = "DATABASE_OWNER_URL=sqlite:////somewhere"
    machine.write_owner(line, mode=0o640)
    assert machine.offset("migrate") == (
        78, f"{machine.owner} can be read by others than its owner; run: chmod 600 {machine.owner}",
    )  # fmt: skip
    machine.write_owner(line, "DATABASE_URL=sqlite:////somewhere")
    assert "must name DATABASE_OWNER_URL and nothing else" in machine.offset("grant_app_role", "offset")[1]
    machine.write(line)
    assert "names DATABASE_OWNER_URL, which all parts would see" in machine.offset("web")[1]


def test_an_update_stops_at_the_step_that_fails(machine: Machine, tmp_path: Path) -> None:
    machine.write(f"OFFSET_DATA={machine.data}", f"DATABASE_URL=postgres:///offset?host={tmp_path}")
    code, said = machine.offset("update")
    assert code == 75
    assert "Migrating the database ..." in said
    assert "Collecting" not in said
    assert "The database does not answer: " in said
    assert said.endswith("The update has stopped at this step. Mend what it says and run the update again.")


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("postgres://app%40a:hush@db.example/offset", "app@a"),
        ("postgres:///offset?host=/run/postgresql&user=app", "app"),
        ("postgres://db.example/offset", ""),
        ("sqlite:////srv/offset/offset.sqlite3", ""),
    ],
)
def test_grants_are_for_whom_the_address_names(address: str, role: str) -> None:
    assert update.role_in(address) == role


def test_it_runs_its_own_code_wherever_one_stands(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another checkout"
    (elsewhere / "core").mkdir(parents=True)
    (elsewhere / "core" / "__init__.py").write_text("raise RuntimeError('the code of another folder')")
    said = "import core; print(core.__file__)"
    assert machine.offset("shell", "--no-imports", "-c", said, cwd=str(elsewhere)) == (
        0, str(ROOT / "core" / "__init__.py"),
    )  # fmt: skip


def settled(data: Path, user: int, **variables: str) -> str:
    command = [sys.executable, "-c", SETTLE, str(ROOT / "bin"), str(data), str(user)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout.strip()


def unreadable_python() -> str:
    """What is said where this Python lies in a folder that only root may enter."""
    return (
        f"The environment was made with the Python in {sys.base_prefix}, which nobody may not read. Take .venv away and"
        " update with one that everybody may read, such as /usr/bin/python3."
    )


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")


@needs_root
def test_root_becomes_the_owner_of_the_data(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    assert settled(tmp_path, 0) in ("65534 nobody", unreadable_python())
    assert settled(tmp_path, 0, OFFSET_USER="root") == "0"
    assert settled(tmp_path, 0, OFFSET_USER="no-such") == "OFFSET_USER names no-such, and there is no such user."


@needs_root
def test_another_user_is_refused_unless_the_data_are_theirs_too() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        data.chmod(0o755)
        assert settled(data, 65534).startswith("Offset runs here as root, and nobody may not use")
        data.chmod(0o777)
        assert settled(data, 65534) == "65534"


def test_ones_own_data_need_nobody_else(tmp_path: Path) -> None:
    assert settled(tmp_path, os.geteuid()) == str(os.geteuid())
