"""`bin/offset` reads the units' file as systemd does; most values are those of systemd's own tests (test-env-file.c)."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "bin"))

import environment_file

WHOLE = r"""# Made by hand
; and commented twice

a=a
a=b
b=b\
c
d= d\
e  \
f  
g=g\ 
h= ąęół\ śćńźżμ 
i=
  j  = two words	
k="coretemp f71882fg"   
l='it'"'s" $HOME
m=un"quo"ted # this stays
"""  # noqa: W291
MEANT = {
    "a": "b", "b": "bc", "d": "de  f", "g": "g ", "h": "ąęół śćńźżμ", "i": "", "j": "two words",
    "k": "coretemp f71882fg", "l": "it's$HOME", "m": 'un"quo"ted # this stays',
}  # fmt: skip
QUOTED = (
    "a=\\ \\n \\t \\x \\y \\' \n"
    "b= \\$'                  \n"
    "c= ' \\n\\t\\$\\`\\\\\n'   \n"
    'd= " \\n\\t\\$\\`\\\\\n"   \n'
    'e="one \\\ntwo"'
)


def read(folder: Path, text: str | bytes) -> dict[str, str]:
    file = folder / "offset.env"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return environment_file.read(file)


def test_comments_blanks_and_continued_lines(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == MEANT


def test_quotes_and_backslashes(tmp_path: Path) -> None:
    assert read(tmp_path, QUOTED) == {
        "a": " n t x y '",
        "b": "$'",
        "c": " \\n\\t\\$\\`\\\\\n",
        "d": " \\n\\t$`\\\n",
        "e": "one two",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A=1\nB 2\n", r"line 2: this is neither NAME=value nor a comment"),
        ("A=1\n\nexport B=2\n", r"line 3: 'export B' is no name"),
        ("A='1\nB=2\n", r"line 1: a quote is not closed"),
        ("A='1\n2'\nB=\"2\n", r"line 3: a quote is not closed"),
        ("A=1\nB=2\\", r"line 2: a backslash stands at the end"),
        ("# C:\\\nB=2\n", r"line 1: a comment ends in a backslash"),
        (b"A=1\nB=\xff\n", r"line 2: this is not UTF-8"),
    ],
)
def test_a_line_that_systemd_would_pass_over_is_named(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(environment_file.Unreadable, match=rf"offset\.env, {told}"):
        read(tmp_path, text)


def test_the_example_can_be_read() -> None:
    example = Path(__file__).resolve().parent.parent.parent / "deploy" / "systemd"
    assert environment_file.read(example / "offset.env")["OFFSET_DATA"] == "/srv/offset"
    assert list(environment_file.read(example / "offset-owner.env")) == ["DATABASE_OWNER_URL"]
