"""Ids of a selection: each once, in order, and nothing that is none."""

import pytest
from django.http import Http404

from core.ids import MAX_ID
from web.access import ids_or_404


def test_each_once_and_in_order() -> None:
    assert ids_or_404(["3", "1", "3", str(MAX_ID)]) == [3, 1, MAX_ID]
    assert ids_or_404([]) == []


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1.0", "²", "٣", str(MAX_ID + 1), "9" * 400, "9" * 10_000])
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(Http404):
        ids_or_404(["1", text])


def test_too_many() -> None:
    with pytest.raises(Http404):
        ids_or_404(["1", "2", "3"], most=2)
