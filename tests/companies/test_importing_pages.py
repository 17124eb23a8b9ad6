"""The pages that try and import a file of companies."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from companies.models import Company, CompanyImport
from tests.factories.world import Market, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
CONTENT = "external_key,name,parent\nC-1,Dune,P-1\nP-1,=Desert,\nX-1,,\n"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


def send(client: Client, content: str = CONTENT, **more: str) -> Any:
    file = SimpleUploadedFile("companies.csv", content.encode())
    return client.post(reverse("companies:import_new"), {"file": file, **more})


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("&#x27;", "'")
    return re.sub(r"\s+", " ", text)


def test_a_file_is_tried_and_then_imported_from_its_page(market: Market, finance: Client) -> None:
    answer = send(finance, is_trial="on")
    trial = CompanyImport.objects.get()
    page = finance.get(answer.headers["Location"])
    assert "This is a dry run" in words(page)
    assert "4 Name: This field is required. X-1,," in words(page)
    assert not Company.objects.filter(external_key="C-1").exists()
    url = reverse("companies:import_tried", args=[trial.pk])
    assert url in page.content.decode()
    assert "2 companies will be added and 0 changed" in words(finance.get(url))
    token = "0192d7c1-5b5f-7c2e-8f0e-000000000001"
    first = finance.post(url, {"token": token})
    again = finance.post(url, {"token": token})
    assert first.headers["Location"] == again.headers["Location"]
    assert CompanyImport.objects.count() == 2
    done = finance.get(first.headers["Location"])
    assert "This is a dry run" not in words(done)
    assert reverse("companies:import_tried", args=[CompanyImport.objects.latest("pk").pk]) not in done.content.decode()
    assert Company.objects.get(external_key="C-1").parent == Company.objects.get(external_key="P-1")


def test_what_was_not_taken_is_a_file(market: Market, finance: Client) -> None:
    send(finance, "external_key,name\nX-1,\n,=1+1\n")
    url = reverse("companies:import_problems", args=[CompanyImport.objects.get().pk])
    lines = finance.get(url).getvalue().decode().splitlines()
    assert lines[1:] == [
        '2,Name: This field is required.,"X-1,"',
        '3,The row has no external key.,"\',=1+1"',
    ]  # fmt: skip


def test_a_file_that_is_none_stays_on_the_form(market: Market, finance: Client) -> None:
    for content in ("", "name\nDune\n", "external_key,name,admin_email\n"):
        answer = send(finance, content)
        assert answer.status_code == 422
    assert "You may not add people" in words(answer)
    assert "admin_email" not in words(finance.get(reverse("companies:import_new")))
    assert "admin_email" in words(client_of(market.people["manager"]).get(reverse("companies:import_new")))
    assert not CompanyImport.objects.exists()


def test_other_marketplaces_and_roles_see_nothing(market: Market, finance: Client) -> None:
    send(finance)
    sent = CompanyImport.objects.get()
    stranger = client_of(make_market("south").people["manager"])
    support = client_of(market.people["support"])
    for name in ("import", "import_tried", "import_problems"):
        url = reverse(f"companies:{name}", args=[sent.pk])
        assert (stranger.get(url).status_code, support.get(url).status_code) == (404, 403)
    assert support.post(reverse("companies:import_new")).status_code == 403
