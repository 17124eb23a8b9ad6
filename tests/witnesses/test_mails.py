"""What mails say: every default text with every sample, and the mails that a few events cause."""

from typing import Any

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from creditmemos import operations
from notifications.domain.kinds import all_kinds, kind_called
from notifications.mail import defaults, samples, texts
from notifications.operations import decide
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, make_market
from tests.support.outbox import drain
from tests.witnesses.plain import joined, without_ids
from tests.witnesses.recording import witness

KINDS = [kind.name for kind in all_kinds()]

pytestmark = pytest.mark.slow

LANGUAGES = ["en", "de", "fr"]


def text_of(kind: str) -> str:
    return f"mails/{kind}.txt"


def sent_in(language: str) -> str:
    return f"mails/sent-{language}.txt"


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_with_every_sample(kind: str) -> None:
    found = []
    for language in defaults.languages(kind):
        source = texts.default_source(kind, language)
        for data in samples.all_of(kind, language):
            words = texts.write(source, data)
            found.append([f"=== {language}", f"Subject: {words.subject}", *words.body.splitlines()])
    witness(text_of(kind), joined(found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_sent(committed_db: object, settings: Settings, language: str) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    market = make_market("north")
    for kind in KINDS:
        decide(kind=kind_called(kind), enabled=True, attach_pdf=True, cc=[], actor=market.actor(), now=NOW)
    for company in (market.operator, market.acme):
        company.language = language
        company.save()
    happen(market)
    drain()
    witness(sent_in(language), joined(sorted(map(lines_of_mail, mail.outbox))))


def happen(market: Market) -> None:
    """An invoice, credit for it that is used, another that is voided, and one that is paid out."""
    invoice = issue_invoice(market)
    used, voided = credit_invoice(market, invoice, 10_00), credit_invoice(market, invoice, 20_00)
    drain()
    apply(market, used, invoice, 5_00)
    operations.void(memo=voided, reason="Twice", actor=market.actor(), now=NOW)
    paid_out(market, credit_invoice(market, invoice, 1000))


def lines_of_mail(found: Any) -> list[str]:
    """Its headers but those that are drawn by lot, its text, and what is enclosed."""
    headers = {name: value for name, value in found.message().items() if name not in {"Message-ID", "Date"}}
    enclosed = [f"Enclosed: {name}, {kind}" for name, _content, kind in found.attachments]
    told = [f"{name}: {' '.join(without_ids(value).split())}" for name, value in headers.items()]
    told = [line.partition("; boundary")[0] for line in told]
    return [f"=== {found.subject}", *told, "", *found.body.splitlines(), *enclosed]
