"""The marketplace's own words: which are chosen, what becomes of poison, and that every version is kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import outbox
from core.actors import Actor
from core.errors import InvalidInput, Missing, guards_as_refusals
from core.models import AuditEntry, OutboxJob
from documents.domain.kinds import Content
from documents.renderer import rendering
from notifications import operations
from notifications.domain.conditions import Condition, condition
from notifications.domain.kinds import all_kinds, kind_called
from notifications.mail import defaults, samples, texts
from notifications.mail.texts import CheckedText
from notifications.models import Delivery, MailTemplate, MailTemplateVersion
from notifications.operations.writing import NameTaken
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.damage import run
from tests.support.kinds import content, only_kind
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
MEMO = "credit_memo_pdf_created"


@pytest.fixture
def north() -> Market:
    market = make_market("north")
    market.acme.language = "en"
    market.acme.save()
    operations.decide(
        kind=kind_called(MEMO), enabled=True, attach_pdf=False, cc=["copy@x.example"], actor=market.actor(), now=NOW
    )
    return market


@pytest.fixture
def printed(north: Market) -> Content:
    return content(company_id=north.acme.pk, languages=["en"])


@pytest.fixture(autouse=True)
def kind(printed: Content) -> Iterator[None]:
    with only_kind(printed):
        yield


def write(
    market: Market, name: str, subject: str, *asked: Condition, priority: int = 10, language: str = "en", **changes: Any
) -> MailTemplate:
    given: dict[str, Any] = {
        "text": CheckedText(MEMO, language, subject, "Dear {{ recipient }}\n"), "enabled": True, **changes,
    }  # fmt: skip
    return operations.add_text(name=name, priority=priority, conditions=asked, actor=market.actor(), now=NOW, **given)


def issued(market: Market) -> dict[str, Delivery]:
    """What was planned for each address."""
    with transaction.atomic():
        outbox.publish(
            topic="thing.issued", key="7", marketplace_id=market.marketplace.pk, payload={"thing_id": 7}, now=NOW
        )
    drain()
    return {mail.recipient: mail for mail in Delivery.objects.select_related("template")}


ADMIN = "billing.admin.north@example.com"


def test_without_own_texts_the_default_is_sent_and_named(north: Market, mails: MailServer) -> None:
    mail = issued(north)[ADMIN]
    assert (mail.template, mail.template_version) == (None, defaults.template(MEMO, "en").version)
    assert mail.template_version.startswith(f"default-{MEMO}-en-")
    assert mail.number == "CM-2026-00042"


def test_the_lowest_priority_whose_conditions_hold_is_sent(north: Market, mails: MailServer) -> None:
    write(north, "Large", "Large {{ number }}", condition("total", "at_least", "5000"), priority=1)
    write(north, "Off", "Off", priority=2, enabled=False)
    meant = write(
        north, "Vienna", "Vienna {{ number }}", condition("country", "is", "AT"),
        condition("source", "is", "invoice"), priority=3,
    )  # fmt: skip
    write(north, "Rest", "Rest {{ number }}", priority=4)
    mail = issued(north)[ADMIN]
    assert (mail.subject, mail.template) == ("Vienna CM-2026-00042", meant)
    assert mail.template_version == f"own-{meant.pk}-1"
    assert {str(each.message["Subject"]) for each in mails.received} == {"Vienna CM-2026-00042"}


def test_each_recipient_can_have_their_own_words(north: Market, mails: MailServer) -> None:
    write(north, "Copy", "For the file: {{ number }}", condition("recipient", "is", "copy"))
    found = issued(north)
    assert found["copy@x.example"].subject == "For the file: CM-2026-00042"
    assert found[ADMIN].subject.startswith("Credit memo ")


def test_a_text_serves_its_own_language_only(north: Market, mails: MailServer) -> None:
    member = MembershipFactory.create(company=north.acme, roles=["billing_admin"], language="de")
    write(north, "English", "English")
    write(north, "Deutsch", "Deutsch", language="de")
    found = issued(north)
    assert (found[member.user.email].subject, found[ADMIN].subject) == ("Deutsch", "English")


def test_another_marketplaces_texts_are_not_ours(north: Market, mails: MailServer) -> None:
    write(make_market("south"), "Theirs", "Theirs")
    assert issued(north)[ADMIN].template is None


POISON = [
    "{{ lines[99].net }}",
    "{{ nothing_of_the_kind }}",
    "{% for a in lines %}{% for b in (1..1000000) %}x{% endfor %}{% endfor %}",
    "{{ number",
    "{% include 'etc' %}",
]


@pytest.mark.parametrize("source", POISON)
def test_poison_gives_way_to_the_default_and_says_so(north: Market, mails: MailServer, source: str) -> None:
    """A text that could not be saved, or that fits every sample and not this document."""
    write(north, "Poison", source)
    mail = issued(north)[ADMIN]
    assert (mail.state, mail.template) == ("sent", None)
    assert mail.subject == "Credit memo CM-2026-00042 from Nordmarkt GmbH"
    assert mail.remark.startswith("The text “Poison” could not be used (")
    assert mail.remark.endswith("so the default was sent.")
    assert not OutboxJob.objects.dead().exists()


def test_poison_costs_neither_the_worker_nor_memory(north: Market, mails: MailServer) -> None:
    """The renderer answers within its limits, in a process of its own; ours keeps its id."""
    issued(north)
    rendering.render_texts({"a": "{{ x }}"}, {"x": "1"})
    for source in POISON:
        with pytest.raises(rendering.RenderError):
            rendering.render_texts({"subject": source}, samples.all_of(MEMO, "en")[0])
    assert rendering.render_texts({"a": "{{ x }}"}, {"x": "1"}) == {"a": "1"}


def test_conditions_of_a_later_version_leave_a_text_out(north: Market, mails: MailServer) -> None:
    text = write(north, "Later", "Later")
    text.conditions = [{"parameter": "moon", "operator": "is", "value": "full"}]
    text.save()
    assert issued(north)[ADMIN].template is None


@pytest.mark.parametrize(
    "value", ["A\r\nBcc: all@example.com", "A\nB", "A\u2028Bcc: x", "A\u2029B", "A\x00B", "A\x85B", "\u202eevil\u202c"]
)
@pytest.mark.parametrize("variable", ["merchant.name", "payer.name", "billed_user", "note", "number", "recipient"])
def test_no_variable_reaches_into_the_headers(
    north: Market, mails: MailServer, printed: Content, variable: str, value: str
) -> None:
    write(north, "Own", "Own {{ " + variable + " }} end")
    if variable == "recipient":
        membership = north.people["billing_admin"].membership
        membership.name = value.replace("\0", "")
        membership.save()
    elif variable.endswith(".name"):
        party: Any = variable.partition(".")[0]
        printed[party] = {**printed[party], "name": value}  # type: ignore[literal-required]
    else:
        printed[variable] = value  # type: ignore[literal-required]
    operations.decide(kind=kind_called(MEMO), enabled=True, attach_pdf=False, cc=[], actor=north.actor(), now=NOW)
    with transaction.atomic():
        payload = {"kind": "credit_memo", "purpose": "original", "version": 1, "document_id": 7}
        outbox.publish(
            topic="document.stored", key="7", marketplace_id=north.marketplace.pk,
            payload={**payload, "stored_document_id": None}, now=NOW,
        )  # fmt: skip
    drain()
    for mail in mails.received:
        subject = str(mail.message["Subject"])
        assert subject.startswith("Own ")
        assert subject.endswith(" end")
        assert not set(subject) & set("\r\n\0\x85\u2028\u2029\u202e\u202c")
        assert mail.message["Bcc"] is None
        assert len(mail.message.get_all("Subject") or []) == 1
    assert len(mails.received) == 2


# --- Writing ---------------------------------------------------------------------------------------------------------


def checked(subject: str = "Hello {{ number }}", body: str = "Dear {{ recipient }}") -> CheckedText:
    return texts.checked(MEMO, "en", subject=subject, body=body)


def test_every_default_can_be_copied_as_it_is() -> None:
    for kind in all_kinds():
        for language in defaults.languages(kind.name):
            source = texts.default_source(kind.name, language)
            made = texts.checked(kind.name, language, subject=source.subject, body=source.body)
            assert (made.subject, made.body) == (source.subject, source.body)


def test_every_default_says_everything_and_no_more() -> None:
    """Written with each sample, nothing of the template's own language is left, and no line is only blanks in a row."""
    for kind in all_kinds():
        for language in defaults.languages(kind.name):
            for data in samples.all_of(kind.name, language):
                words = texts.write(texts.default_source(kind.name, language), data)
                assert not set("{}") & set(words.subject + words.body)
                assert data["lock"] in words.body if kind.has_pdf else True


@pytest.mark.parametrize(
    ("subject", "body", "field", "words"),
    [
        ("", "Text", "subject", "Enter a text."),
        ("Hi", " \n ", "body", "Enter a text."),
        ("x" * 501, "Text", "subject", "Enter at most 500 characters."),
        ("Hi", "x" * 16_001, "body", "Enter at most 16000 characters."),
        ("Hi", "One\nTwo {{ nobody }}", "body", "Line 2: "),
        ("Hi {{ number | shout }}", "Text", "subject", "Line 1: "),
        ("Hi", "{% if number %}\nnever ended", "body", ""),
        ("Hi", "{% if attached %}Yes{% else %}{{ oops }}{% endif %}", "body", "Line 1: "),
        ("{{ note }}", "Text", "subject", "This subject can come out empty."),
        ("Hi", "{% for a in (1..99999) %}{% for b in (1..99999) %}x{% endfor %}{% endfor %}", "body", ""),
        ("Hi", "{% include 'x' %}", "body", ""),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_line(subject: str, body: str, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(subject, body)
    assert refused.value.field == field
    assert refused.value.message.startswith(words)


def test_other_words_are_a_new_version_and_the_old_ones_stay(north: Market) -> None:
    text = write(north, "Own", "One")
    changed = operations.change_text(
        template=text, text=checked("Two"), name="Own", priority=5, enabled=False, conditions=[],
        actor=north.actor(), now=NOW,
    )  # fmt: skip
    operations.change_text(
        template=text, text=checked("Two"), name="Named anew", priority=5, enabled=True, conditions=[],
        actor=north.actor(), now=NOW,
    )  # fmt: skip
    assert changed.version == 2
    kept = MailTemplateVersion.objects.filter(template=text).order_by("number")
    assert list(kept.values_list("number", "subject", "made_by")) == [
        (1, "One", "Manager North"),
        (2, "Two", "Manager North"),
    ]
    entries = AuditEntry.objects.filter(verb__startswith="mail_text.").order_by("pk")
    assert [entry.verb for entry in entries] == ["mail_text.added", "mail_text.changed", "mail_text.changed"]
    assert (entries[2].before["name"], entries[2].after["name"]) == ("Own", "Named anew")


def test_an_unchanged_text_leaves_no_trace(north: Market) -> None:
    text = operations.add_text(
        text=checked(), name="Own", priority=1, enabled=True, conditions=[], actor=north.actor(), now=NOW
    )
    operations.change_text(
        template=text, text=checked(), name="Own", priority=1, enabled=True, conditions=[],
        actor=north.actor(), now=NOW,
    )  # fmt: skip
    assert MailTemplateVersion.objects.count() == 1
    assert AuditEntry.objects.filter(verb__startswith="mail_text.").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"priority": -1}, "priority"),
        ({"priority": 10_000}, "priority"),
        ({"conditions": [condition("currency", "is", "EUR")] * 9}, None),
    ],
)
def test_a_text_needs_a_name_and_a_place(north: Market, changes: dict[str, Any], field: str | None) -> None:
    write(north, "Taken", "One")
    given: dict[str, Any] = {"name": "Own", "priority": 1, "enabled": True, "conditions": [], **changes}
    with pytest.raises(InvalidInput) as refused:
        operations.add_text(text=checked(), actor=north.actor(), now=NOW, **given)
    assert refused.value.field == field
    assert MailTemplate.objects.count() == 1


def test_two_texts_of_a_language_have_two_names(north: Market) -> None:
    write(north, "Taken", "One")
    with pytest.raises(NameTaken) as refused:
        write(north, "Taken", "Two")
    assert refused.value.field == "name"
    write(north, "Taken", "Drei", language="de")
    other = MailTemplate.objects.get(language="de")
    with pytest.raises(NameTaken), guards_as_refusals(), transaction.atomic():
        MailTemplate.objects.filter(pk=other.pk).update(language="en")  # Somebody else was quicker by a statement.


def test_a_stranger_changes_nothing(north: Market) -> None:
    text = write(north, "Own", "One")
    stranger = Actor(marketplace_id=make_market("south").marketplace.pk, label="Sora")
    with pytest.raises(Missing):
        operations.change_text(
            template=text, text=checked(), name="X", priority=1, enabled=True, conditions=[], actor=stranger, now=NOW
        )


@pytest.mark.parametrize("statement", ["UPDATE {} SET subject = 'x'", "DELETE FROM {}"])
def test_the_database_keeps_every_version(north: Market, statement: str) -> None:
    write(north, "Own", "One")
    with pytest.raises(IntegrityError, match="i13_"), transaction.atomic():
        run(statement.format("notifications_mailtemplateversion"))
