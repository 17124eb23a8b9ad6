"""Files are whole or not there."""

import resource
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from documents.storage.stores import DurableFiles


@pytest.fixture
def files(folder: Path) -> DurableFiles:
    return DurableFiles(location=folder)


def test_bytes_come_back(files: DurableFiles, folder: Path) -> None:
    name = files.save("1/credit_memo/7/original-abc.pdf", ContentFile(b"%PDF"))
    assert name == "1/credit_memo/7/original-abc.pdf"
    assert (folder / name).read_bytes() == b"%PDF"


def test_the_same_name_is_written_again_in_place(files: DurableFiles, folder: Path) -> None:
    first = files.save("a.pdf", ContentFile(b"one"))
    assert files.save("a.pdf", ContentFile(b"one")) == first
    assert [path.name for path in folder.iterdir()] == ["a.pdf"]


def test_a_full_disk_leaves_nothing_behind(files: DurableFiles, folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            files.save("a.pdf", ContentFile(b"x" * 5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == []


def test_names_cannot_leave_the_folder(files: DurableFiles) -> None:
    with pytest.raises(SuspiciousFileOperation):
        files.save("../escape.pdf", ContentFile(b"x"))


def test_a_folder_that_is_a_file_does_not_answer(files: DurableFiles, folder: Path) -> None:
    files.check()
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(OSError, match=folder.name):
        files.check()
