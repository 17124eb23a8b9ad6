"""Finding what is there: numbers with small letters, names in other letters than ASCII, composed or not."""

import re
import unicodedata

import pytest
from django.db import connection
from django.test import Client

from tests.factories.world import Market, issue_invoice

ON_POSTGRES = connection.vendor == "postgresql"
SMALL = pytest.mark.xfail(ON_POSTGRES, strict=True, reason="the prefix is compared in capitals alone")
CASELESS = pytest.mark.xfail(not ON_POSTGRES, strict=True, reason="LIKE folds ASCII alone")
DECOMPOSED = pytest.mark.xfail(strict=True, reason="nothing composes the letters")


def found(client: Client, url: str, text: str) -> set[str]:
    page = client.get(url, {"q": text}, follow=True)
    assert page.status_code == 200
    here = page.redirect_chain[-1][0] if page.redirect_chain else ""
    return set(re.findall(r'href="/invoices/(\d+)/"', page.content.decode())) | set(
        re.findall(r"/invoices/(\d+)/", here)
    )


@SMALL
@pytest.mark.parametrize("text", ["Inv-2026-00001", "inv-2026-00001", "INV-2026-00001", "Inv-2026"])
@pytest.mark.parametrize("url", ["/invoices/", "/search/"])
def test_a_number_with_small_letters_is_found(market: Market, manager: Client, url: str, text: str) -> None:
    settings = market.marketplace.settings
    settings.invoice_prefix = "Inv-{YYYY}-"  # The settings page takes it.
    settings.save()
    invoice = issue_invoice(market)
    assert str(invoice.pk) in found(manager, url, text)


@pytest.mark.xfail(strict=True, reason="the search box knows capitals alone")
def test_the_whole_number_leads_straight_to_the_document(market: Market, manager: Client) -> None:
    settings = market.marketplace.settings
    settings.invoice_prefix = "Inv-{YYYY}-"
    settings.save()
    issue_invoice(market)
    assert manager.get("/search/", {"q": "Inv-2026-00001"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("ÄRZTE GmbH", "ärzte", marks=CASELESS),
        pytest.param("Éditions du Nord", "éditions", marks=CASELESS),
        pytest.param("Müller AG", unicodedata.normalize("NFD", "Müller"), marks=DECOMPOSED),
    ],
)
def test_a_name_is_found_whatever_its_letters(market: Market, manager: Client, name: str, text: str) -> None:
    market.acme.name = name
    market.acme.save()
    invoice = issue_invoice(market)
    assert found(manager, "/invoices/", text) == {str(invoice.pk)}
