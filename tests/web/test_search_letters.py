"""Finding what is there: numbers with small letters, names in other letters than ASCII, composed or not."""

import re
from unicodedata import normalize

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client

from companies.models import Company
from tests.factories.world import Market, issue_invoice
from web.forms import PageForm


def found(client: Client, url: str, text: str) -> set[str]:
    page = client.get(url, {"q": text}, follow=True)
    assert page.status_code == 200
    here = page.redirect_chain[-1][0] if page.redirect_chain else ""
    return set(re.findall(r'href="/invoices/(\d+)/"', page.content.decode())) | set(
        re.findall(r"/invoices/(\d+)/", here)
    )


@pytest.mark.parametrize("text", ["Inv-2026-00001", "inv-2026-00001", "INV-2026-00001", "Inv-2026"])
@pytest.mark.parametrize("url", ["/invoices/", "/search/"])
def test_a_number_with_small_letters_is_found(market: Market, manager: Client, url: str, text: str) -> None:
    settings = market.marketplace.settings
    settings.invoice_prefix = "Inv-{YYYY}-"  # The settings page takes it.
    settings.save()
    invoice = issue_invoice(market)
    assert str(invoice.pk) in found(manager, url, text)


def test_the_whole_number_leads_straight_to_the_document(market: Market, manager: Client) -> None:
    settings = market.marketplace.settings
    settings.invoice_prefix = "Inv-{YYYY}-"
    settings.save()
    issue_invoice(market)
    assert manager.get("/search/", {"q": "Inv-2026-00001"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ÄRZTE GmbH", "ärzte"),
        ("Éditions du Nord", "éditions"),
        ("Müller AG", normalize("NFD", "Müller")),
    ],
)
def test_a_name_is_found_whatever_its_letters(market: Market, manager: Client, name: str, text: str) -> None:
    market.acme.name = name
    market.acme.save()
    invoice = issue_invoice(market)
    assert found(manager, "/invoices/", text) == {str(invoice.pk)}


def test_typed_letters_are_composed_whatever_the_keyboard_sends(market: Market, manager: Client) -> None:
    typed = {"name": normalize("NFD", "Ärzte Süd"), "kind": "customer", "country": "DE"}
    assert manager.post("/companies/add/", typed | {"token": "t1"}).status_code == 302
    added = Company.objects.get(search_key="ärzte süd")
    assert added.name == "Ärzte Süd"


def test_passwords_stay_as_they_are_typed() -> None:
    typed = QueryDict(mutable=True)
    typed.update({"email": normalize("NFD", "jörg@example.com"), "password": normalize("NFD", "süßer Brei")})
    form = ConfirmingForm(typed)
    assert form.data["email"] == "jörg@example.com"
    assert form.data["password"] == typed["password"] != "süßer Brei"


class ConfirmingForm(PageForm):
    email = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)
