"""Nothing is kept that no test asks for; and a witness that moves says how, and what to do."""

from pathlib import Path

import pytest

from tests.witnesses import recording, test_exports, test_mails, test_pages, test_prints, test_statements
from tests.witnesses.recording import COMMAND, leftovers, witness


def test_nothing_is_left_over() -> None:
    wanted = {test_pages.FRAME, *map(test_pages.file_of, test_pages.PAGES), *test_statements.FILES}
    wanted |= {*map(test_exports.file_of, test_exports.EXPORTS), *map(test_mails.text_of, test_mails.KINDS)}
    wanted |= {*map(test_mails.sent_in, test_mails.LANGUAGES)}
    wanted |= {test_prints.file_of(*each) for each in test_prints.EVERY}
    assert leftovers(wanted) == []


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of witnesses of the test's own, with one in it, compared and not written."""
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    monkeypatch.delenv("OFFSET_WITNESS", raising=False)
    (tmp_path / "memo.txt").write_text("Total 50.00\nBalance 50.00\n", encoding="utf-8")
    return tmp_path


def test_what_moved_is_shown_with_what_to_do(kept: Path) -> None:
    witness("memo.txt", ["Total 50.00", "Balance 50.00"])
    with pytest.raises(pytest.fail.Exception) as failure:
        witness("memo.txt", ["Total 50.00", "Balance 30.00"])
    assert str(failure.value).splitlines() == [
        "The witness memo.txt moved.", "--- kept", "+++ made now", "@@ -1,2 +1,2 @@", " Total 50.00", "-Balance 50.00",
        "+Balance 30.00", "", f"Meant so? Record it with `{COMMAND}`, read the difference and name it in the commit.",
    ]  # fmt: skip


def test_recording_writes_and_clears_away(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.fail.Exception, match="is new"):
        witness("pages/list.txt", ["3 memos"])
    assert leftovers({"pages/list.txt"}) == ["memo.txt"]
    monkeypatch.setenv("OFFSET_WITNESS", "record")
    witness("pages/list.txt", ["3 memos"])
    assert leftovers({"pages/list.txt"}) == []
    assert [str(path.relative_to(kept)) for path in kept.rglob("*.txt")] == ["pages/list.txt"]
