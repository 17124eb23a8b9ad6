"""Images and fonts of templates: kept by moment, proved like documents, and never another marketplace's."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from core.errors import InvalidInput
from core.models import AuditEntry
from documents.models import TemplateAsset
from documents.operations import assets
from documents.operations.assets import NotThere, TooMany
from documents.pdf.materials import materials_for
from documents.queries.assets import assets_at
from documents.renderer.typefaces import FOLDER
from tests.factories.world import NOW, Market, make_market
from tests.support.guards import refused_by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FONT = next(FOLDER.glob("*-Regular.ttf")).read_bytes()


@pytest.fixture
def north() -> Market:
    return make_market("north")


def drawn(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(out, "PNG")
    return out.getvalue()


def kept(market: Market, colour: str = "red", name: str = "logo", hours: int = 0) -> TemplateAsset:
    return assets.add_image(
        name=name, content=drawn(colour), file_name="x.png", actor=market.actor(), now=NOW + hours * HOUR
    )


def names(market: Market, hours: float) -> list[str]:
    return [str(asset) for asset in assets_at(market.marketplace.pk, NOW + hours * HOUR)]


def test_what_there_was_at_a_moment(north: Market) -> None:
    first = kept(north, hours=1)
    second = kept(north, "blue", hours=2)
    assets.remove(asset=second, actor=north.actor(), now=NOW + 3 * HOUR)
    there = [assets_at(north.marketplace.pk, NOW + hours * HOUR) for hours in (0.5, 1, 2, 3)]
    assert there == [[], [first], [second], []]
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["template.asset_kept"] * 2 + ["template.asset_removed"]


def test_the_same_bytes_again_are_what_is_there(north: Market) -> None:
    assert kept(north) == kept(north, hours=1)
    assert TemplateAsset.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_what_is_gone_or_a_strangers_is_not_taken_away(north: Market) -> None:
    first = kept(north)
    kept(north, "blue", hours=1)
    south = make_market("south", currency="JPY")
    for market in (north, south):
        with pytest.raises(NotThere):
            assets.remove(asset=first, actor=market.actor(), now=NOW + 2 * HOUR)
    assert names(south, 9) == []


def test_there_are_only_so_many(north: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MOST_ASSETS", 2)
    kept(north)
    kept(north, name="stamp")
    with pytest.raises(TooMany):
        kept(north, name="third")
    kept(north, "blue", hours=1)  # In place of the first.
    assert names(north, 2) == ["image logo", "image stamp"]


def test_a_font_has_faces(north: Market) -> None:
    for face in ("regular", "bold"):
        assets.add_font(name="Serif", face=face, content=FONT, file_name="x.ttf", actor=north.actor(), now=NOW)
    assert names(north, 0) == ["font Serif bold", "font Serif regular"]
    with pytest.raises(InvalidInput):
        assets.add_font(name="Serif", face="italic", content=b"x", file_name="x", actor=north.actor(), now=NOW)


def test_a_template_gets_what_it_names(north: Market) -> None:
    kept(north)
    kept(north, "blue", "stamp")
    assets.add_font(name="Office", face="bold", content=FONT, file_name="x.ttf", actor=north.actor(), now=NOW)
    there = assets_at(north.marketplace.pk, NOW)
    bare = materials_for("<p>{{ number }}</p>", there)
    assert (bare.images, bare.fonts) == ({"logo": ""}, ())
    full = materials_for('<p style="font-family: OFFICE">{{ images.logo }}{{ images.stamp }}</p>', there)
    assert sorted(full.images) == ["logo", "stamp"]
    assert full.images["logo"].startswith("data:image/png;base64,")
    (font,) = full.fonts
    assert (font.family, font.bold, font.italic, font.read()) == ("Office", True, False, FONT)


def test_they_are_proved_like_documents(north: Market, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asset = kept(north)
    call_command("verify_documents")
    assert "1 stored files" in capsys.readouterr().out
    (folder / asset.stored).write_bytes(b"x")
    with pytest.raises(SystemExit):
        call_command("verify_documents")
    assert asset.stored in capsys.readouterr().out


def test_the_database_keeps_them(north: Market) -> None:
    kept(north)
    assert refused_by("UPDATE documents_templateasset SET name = 'x'") == "i13_append_only"
    assert refused_by("DELETE FROM documents_templateasset") == "i13_append_only"
