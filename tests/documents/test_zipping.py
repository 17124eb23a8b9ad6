"""The ZIP is whole, its names are harmless and come once, and what is missing says why."""

import io
import zipfile

from documents.archives.zipping import Entry, Failure, stream


def opened(*entries: Entry | Failure) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(stream(entries))))


def test_files_come_back_as_they_are() -> None:
    found = opened(Entry("CM-1.pdf", b"%PDF-1" * 10_000), Entry("CM-2.pdf", b"%PDF-2"))
    assert found.testzip() is None
    assert found.namelist() == ["CM-1.pdf", "CM-2.pdf"]
    assert found.read("CM-1.pdf") == b"%PDF-1" * 10_000
    assert {info.compress_type for info in found.infolist()} == {zipfile.ZIP_STORED}
    assert {info.external_attr >> 16 for info in found.infolist()} == {0o644}


def test_it_is_sent_file_by_file() -> None:
    pieces = list(stream([Entry("a.pdf", b"a" * 1000), Entry("b.pdf", b"b" * 1000)]))
    assert len(pieces) == 3
    assert b"a" * 1000 in pieces[0]
    assert b"b" * 1000 in pieces[1]


def test_names_that_come_twice_get_a_number() -> None:
    found = opened(Entry("a.pdf", b"1"), Entry("A.pdf", b"2"), Entry("a-2.pdf", b"3"), Entry("failed.txt", b"4"))
    assert found.namelist() == ["a.pdf", "A-2.pdf", "a-2-2.pdf", "failed-2.txt"]


def test_what_has_no_file_is_told_with_its_reason() -> None:
    found = opened(Failure("CM-1", "The document took too long."), Entry("CM-2.pdf", b"2"), Failure("CM-3", "Gone."))
    assert found.namelist() == ["CM-2.pdf", "failed.txt"]
    assert found.read("failed.txt").decode() == "CM-1: The document took too long.\r\nCM-3: Gone.\r\n"


def test_nothing_is_an_empty_archive() -> None:
    assert opened().namelist() == []
