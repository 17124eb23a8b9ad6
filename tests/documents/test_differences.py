"""What changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from documents.domain.differences import Line, differences

TEXTS = st.lists(st.sampled_from("abcd"), max_size=30).map("\n".join)


def test_a_change_with_what_is_around_it() -> None:
    old = "\n".join("abcdefghij")
    new = old.replace("e", "E")
    assert differences(old, new) == [
        Line("same", 2, 2, "b"), Line("same", 3, 3, "c"), Line("same", 4, 4, "d"),
        Line("removed", 5, 0, "e"), Line("added", 0, 5, "E"),
        Line("same", 6, 6, "f"), Line("same", 7, 7, "g"), Line("same", 8, 8, "h"),
    ]  # fmt: skip


def test_what_lies_between_is_skipped() -> None:
    old = "\n".join(str(number) for number in range(40))
    shown = differences(old, "x\n" + old + "\ny")
    assert [line.change for line in shown].count("skipped") == 1
    assert [line.text for line in shown if line.change == "added"] == ["x", "y"]


def test_equal_texts_show_nothing() -> None:
    assert differences("a\nb", "a\nb") == []


@given(TEXTS, TEXTS)
def test_what_was_removed_and_added_makes_one_of_the_other(old: str, new: str) -> None:
    """Every line of both texts is shown as removed, as added, or stands unchanged in both."""
    before, after = old.splitlines(), new.splitlines()
    shown = differences(old, new)
    for line in shown:
        if line.old:
            assert before[line.old - 1] == line.text
        if line.new:
            assert after[line.new - 1] == line.text
    gone = {line.old for line in shown if line.change == "removed"}
    came = {line.new for line in shown if line.change == "added"}
    kept = [text for number, text in enumerate(before, 1) if number not in gone]
    assert kept == [text for number, text in enumerate(after, 1) if number not in came]
