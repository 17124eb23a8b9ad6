"""An original is printed as it was issued, whenever somebody first wants it; one more version as it is today."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from pypdf import PdfReader

from creditmemos.models import CreditMemo
from documents.models import StoredDocument
from documents.operations import assets, making, templates
from documents.operations.making import Wanted
from documents.queries.templates import default_version
from documents.storage.stores import document_storage
from tests.factories.world import NOW, Market, issue_memo, make_market

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HOUR = timedelta(hours=1)


@pytest.fixture
def north() -> Market:
    return make_market("north")


def publish(market: Market, word: str, hours: float) -> None:
    """Print memos with this word, and show a logo, from then on."""
    actor, now = market.actor(), NOW + hours * HOUR
    origin = default_version(kind="credit_memo", language="en", at=NOW)
    begun = templates.create(origin=origin, kind="credit_memo", language="en", name=word, actor=actor, now=now)
    source = f'<p>{word} {{{{ number }}}}</p>{{% if images.logo != "" %}}<img src="{{{{ images.logo }}}}">{{% endif %}}'
    draft = templates.save_draft(
        template=begun, name=word, source=source, page_size="A4", revision=1, actor=actor, now=now
    )
    templates.publish(template=draft, revision=2, note="", actor=actor, now=now)
    picture = io.BytesIO()
    Image.new("RGB", (20, 10), "green").save(picture, "PNG")
    assets.add_image(name="logo", content=picture.getvalue(), file_name="x.png", actor=actor, now=now)


def printed(memo: CreditMemo, reason: str = "") -> tuple[str, int, StoredDocument]:
    """The first words of its PDF, how many pictures it shows, and its row."""
    wanted = Wanted(memo.marketplace_id, "credit_memo", memo.pk, "original", reason)
    stored = making.make_now(wanted)
    with document_storage().open(stored.name, "rb") as file:
        page = PdfReader(io.BytesIO(file.read())).pages[0]
    return page.extract_text().split()[0], len(page.images), stored


def test_each_is_printed_with_what_was_active_when_it_was_issued(north: Market) -> None:
    publish(north, "First", 1)
    early, late = issue_memo(north, now=NOW + 2 * HOUR), issue_memo(north, now=NOW + 4 * HOUR)
    before = issue_memo(north, now=NOW)
    publish(north, "Second", 3)
    assert [printed(memo)[:2] for memo in (early, late)] == [("First", 1), ("Second", 1)]
    _word, pictures, stored = printed(before)
    assert (pictures, stored.template_version) == (0, "Classic, version 1")


def test_one_more_version_is_printed_with_what_is_active_today(north: Market) -> None:
    memo = issue_memo(north, now=NOW)
    publish(north, "Later", 1)
    _word, _pictures, first = printed(memo)
    word, pictures, second = printed(memo, reason="The address was wrong")
    assert (first.version, first.template_version) == (1, "Classic, version 1")
    assert (word, pictures, second.version, second.template_version) == ("Later", 1, 2, "Later, version 1")
    assert first.as_of == second.as_of == NOW
    assert printed(memo)[2] == second
