"""Templates: a copy is begun, saved, published, rolled back; and which version prints a document of which moment."""

from datetime import timedelta

import pytest

from core.errors import InvalidInput, Missing
from core.models import AuditEntry
from documents.models import DocumentTemplate, TemplateActivation, TemplateVersion
from documents.operations import releases, templates
from documents.operations.templates import AlreadyActive, DraftChanged, NameTaken, NothingNew
from documents.queries.resources import PrintResources
from documents.queries.templates import default_version
from documents.templates import defaults
from tests.factories.world import NOW, Market, make_market
from tests.support.guards import refused_by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def north() -> Market:
    return make_market("north")


def begun(market: Market, *, language: str = "en", name: str = "Ours", kind: str = "credit_memo") -> DocumentTemplate:
    origin = default_version(kind=kind, language="en", at=NOW)
    return templates.create(origin=origin, kind=kind, language=language, name=name, actor=market.actor(), now=NOW)


def saved(market: Market, template: DocumentTemplate, source: str, **changes: object) -> DocumentTemplate:
    values = {"name": template.name, "page_size": "A4", "revision": template.revision} | changes
    return templates.save_draft(template=template, source=source, actor=market.actor(), now=NOW, **values)  # type: ignore[arg-type]


def published(market: Market, template: DocumentTemplate, hours: int = 0) -> TemplateVersion:
    return templates.publish(
        template=template, revision=template.revision, note="New", actor=market.actor(), now=NOW + hours * HOUR
    )


def printed(market: Market, *wishes: str, hours: float = 0, kind: str = "credit_memo") -> TemplateVersion:
    return PrintResources(market.marketplace.pk).template_for(kind=kind, wishes=wishes or ["en"], at=NOW + hours * HOUR)


def test_a_copy_begins_with_what_it_was_copied_from(north: Market) -> None:
    template = begun(north, name="  Our   memo ")
    assert (template.name, template.revision, template.origin) == ("Our memo", 1, "Classic, version 1")
    assert template.source == defaults.source("credit_memo", "en")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object_id) == ("template.created", template.pk)
    assert printed(north).template_id is None  # It prints nothing yet.


def test_a_name_is_given_once_for_a_kind_and_language(north: Market) -> None:
    begun(north)
    with pytest.raises(NameTaken):
        begun(north)
    begun(north, language="de")
    begun(north, kind="invoice")
    begun(make_market("south", currency="JPY"))
    with pytest.raises(InvalidInput):
        begun(north, name="  ")


def test_a_draft_is_kept_even_when_it_does_not_render(north: Market) -> None:
    template = saved(north, begun(north), "{% if %}", name="Theirs", page_size="Letter")
    template.refresh_from_db()
    assert (template.source, template.name, template.page_size, template.revision) == (
        "{% if %}",
        "Theirs",
        "Letter",
        2,
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.before["revision"], entry.after["revision"]) == ("template.saved", 1, 2)


def test_nobody_overwrites_what_they_have_not_seen(north: Market) -> None:
    template = begun(north)
    saved(north, template, "mine")
    with pytest.raises(DraftChanged, match="Manager North"):
        saved(north, template, "yours", revision=1)
    with pytest.raises(DraftChanged):
        published(north, template)  # What was opened is not what would be published.
    template.refresh_from_db()
    assert template.source == "mine"


def test_a_draft_has_a_longest_source_and_a_free_name(north: Market) -> None:
    template, other = begun(north), begun(north, name="Other")
    with pytest.raises(InvalidInput):
        saved(north, template, "x" * (64 * 1024 + 1))
    with pytest.raises(NameTaken):
        saved(north, other, "x", name="Ours")
    assert saved(north, template, "x").revision == 2  # Its own name is no clash.


def test_another_marketplace_has_no_such_template(north: Market) -> None:
    template, south = begun(north), make_market("south", currency="JPY")
    with pytest.raises(Missing):
        saved(south, template, "theirs")
    with pytest.raises(Missing):
        published(south, template)


def test_what_is_published_prints_from_then_on(north: Market) -> None:
    template = begun(north)
    first = published(north, template, hours=1)
    second = published(north, saved(north, template, "<p>{{ number }}</p>"), hours=2)
    assert [first.number, second.number] == [1, 2]
    assert [printed(north, hours=hours).pk for hours in (1, 1.5, 2, 9)] == [first.pk, first.pk, second.pk, second.pk]
    assert printed(north, hours=0.5).template_id is None
    assert printed(north, "de", hours=9).template_id is None
    assert printed(north, hours=9, kind="invoice").template_id is None
    south = make_market("south", currency="JPY")
    assert printed(south, hours=9).template_id is None


def test_publishing_the_same_again_is_refused_and_makes_an_earlier_one_active_again(north: Market) -> None:
    one, other = begun(north), begun(north, name="Other")
    first = published(north, one)
    with pytest.raises(NothingNew, match="Ours, version 1"):
        published(north, one)
    published(north, other, hours=1)
    assert published(north, one, hours=2) == first
    assert printed(north, hours=2) == first
    assert TemplateVersion.objects.filter(template=one).count() == 1


def activated(market: Market, version: TemplateVersion | None, hours: int = 0, language: str = "en") -> None:
    templates.activate(
        version=version, kind="credit_memo", language=language, reason="Better", actor=market.actor(),
        now=NOW + hours * HOUR,
    )  # fmt: skip


def test_rolling_back_and_going_back_to_the_product(north: Market) -> None:
    template = begun(north)
    first = published(north, template)
    published(north, saved(north, template, "<p>{{ number }}</p>"), hours=1)
    activated(north, first, hours=2)
    assert printed(north, hours=2) == first
    with pytest.raises(AlreadyActive):
        activated(north, first, hours=3)
    activated(north, None, hours=4)
    assert printed(north, hours=4).design == "classic"
    assert [entry.verb for entry in AuditEntry.objects.order_by("-pk")[:2]] == ["template.activated"] * 2
    assert AuditEntry.objects.latest("pk").note == "Better"


def test_the_language_is_the_first_wish_that_there_is(north: Market) -> None:
    assert printed(north, "de-AT", "fr").language == "de"
    assert printed(north, "es", "fr").language == "fr"
    assert printed(north, "es", "").language == "en"
    spanish = published(north, begun(north, language="es"))
    assert printed(north, "es", "fr") == spanish
    activated(north, None, hours=1, language="es")
    assert printed(north, "es", "fr", hours=1).language == "fr"


def test_an_old_release_prints_what_was_issued_then(monkeypatch: pytest.MonkeyPatch) -> None:
    old = default_version(kind="invoice", language="de", at=NOW)
    monkeypatch.setattr(defaults, "source", lambda *_: "<p>{{ number }}</p>")
    releases.keep()
    releases.keep()
    known = TemplateVersion.objects.filter(template__isnull=True, kind="invoice", language="de", design="classic")
    assert [version.number for version in known.order_by("number")] == [1, 2]
    new = known.get(number=2)
    assert default_version(kind="invoice", language="de", at=old.created_at) == old
    assert default_version(kind="invoice", language="de", at=NOW - HOUR) == old  # Older than all that is known.
    assert default_version(kind="invoice", language="de", at=new.created_at) == new


def test_the_database_keeps_what_printed(north: Market) -> None:
    version = published(north, begun(north))
    south = make_market("south", currency="JPY")
    foreign = published(south, begun(south))
    activation = TemplateActivation._meta.db_table
    for table in (TemplateVersion._meta.db_table, activation):
        assert refused_by(f"UPDATE {table} SET kind = 'x'") == "i13_append_only"
        assert refused_by(f"DELETE FROM {table}") == "i13_append_only"
    columns = "marketplace_id, kind, language, version_id, reason, activated_at, activated_by_id"
    for kind, language, pk in (
        ("credit_memo", "en", foreign.pk), ("invoice", "en", version.pk), ("credit_memo", "de", version.pk),
    ):  # fmt: skip
        values = f"marketplace_id, '{kind}', '{language}', {pk}, reason, activated_at, activated_by_id"
        statement = (
            f"INSERT INTO {activation} ({columns}) SELECT {values} FROM {activation} WHERE version_id = {version.pk}"
        )
        assert refused_by(statement) == "i20_own_template"
