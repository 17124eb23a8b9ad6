"""Several who are the first to want a PDF, at once."""

from threading import Barrier
from typing import Any

import pytest

from documents.models import DocumentJob, StoredDocument
from documents.operations import making
from documents.operations.making import Wanted
from documents.renderer import rendering
from tests.factories.world import make_market
from tests.support.databases import Copy
from tests.support.kinds import content, only_kind
from tests.support.threads import together

pytestmark = pytest.mark.race
READERS = 6


def test_one_is_recorded_and_all_get_it(committed_db: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have laid it out before any has recorded it."""
    ready, lay_out = Barrier(READERS), rendering.render_pdf

    def render(**given: Any) -> rendering.Rendered:
        pdf = lay_out(**given)
        ready.wait(30)
        return pdf

    monkeypatch.setattr(rendering, "render_pdf", render)
    wanted = Wanted(make_market("north").marketplace.pk, "credit_memo", 7, "original")
    with only_kind(content()):
        got = together([lambda: making.make_now(wanted)] * READERS)
    stored = StoredDocument.objects.get()
    assert got == [stored] * READERS
    assert (stored.version, DocumentJob.objects.get().state) == (1, "ready")
