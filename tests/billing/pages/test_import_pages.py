"""The pages of imports: a file is sent, watched, stopped, gone on with, and its problems taken away."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from billing.models import BillingEvent, EventImport
from billing.operations.importing.tidying import KEPT
from tests.factories.billing import sells
from tests.factories.world import NOW, TODAY, Market
from tests.support.outbox import drain
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "progress"}


@pytest.fixture(autouse=True)
def today(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }
    with time_machine.travel(NOW, tick=False):
        yield


def send(client: Client, content: str | bytes, *, token: str = "", name: str = "events.csv") -> Any:
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("billing:import_new"), {"token": token or str(uuid4()), "file": file, "decimal": "."})


def orders(market: Market, *more: str) -> str:
    sells(market, "Setup")
    lines = [f"o{number},order,{market.acme.name},{TODAY},1,9.50,Setup" for number in range(3)]
    return "\n".join(["key,kind,company,day,quantity,price,product", *lines, *more])


def page(client: Client, row: EventImport) -> str:
    answer = client.get(reverse("billing:import", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def read() -> None:
    drain(NOW, topic="billing.import.turn")


def verb(client: Client, name: str, row: EventImport) -> int:
    return client.post(reverse(f"billing:{name}", args=[row.pk]), {"token": str(uuid4())}).status_code


def test_a_file_is_sent_once_and_watched(market: Market, manager: Client) -> None:
    token, content = str(uuid4()), orders(market)
    for _ in range(2):
        answer = send(manager, content, token=token)
    row = EventImport.objects.get()
    assert answer.url == reverse("billing:import", args=[row.pk])
    assert 'hx-trigger="every 2s"' in page(manager, row)
    part = manager.get(answer.url, headers=PART)
    assert part.content.decode().lstrip().startswith('<section class="panel" id="progress"')
    read()
    assert manager.get(answer.url, headers=PART)["HX-Refresh"] == "true"
    html = page(manager, row)
    assert 'hx-trigger="every 2s"' not in html
    assert "events.csv" in manager.get(reverse("billing:imports")).content.decode()
    assert BillingEvent.objects.filter(origin="csv", created_by=market.people["manager"].user).count() == 3


def test_another_file_under_the_same_token_is_not_dropped_in_silence(market: Market, manager: Client) -> None:
    token, content = str(uuid4()), orders(market)
    send(manager, content, token=token)
    answer = send(manager, content.replace("9.50", "9.60"), token=token)
    assert answer.status_code == 422
    assert EventImport.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ("key,kind,colour\n", "Unknown: colour."),
        ("kind,company\n", "Missing: key."),
        ("key,kind,kind\n", "names a column twice: kind"),
        (b"key,kind,caf\xe9\n", "The file is not UTF-8 text."),
        (b"PK\x03\x04\xff\xfe", "This is a spreadsheet or an archive"),
    ],
)
def test_a_file_with_another_header_is_refused_beside_it(
    market: Market, manager: Client, tmp_path: Path, content: str | bytes, said: str
) -> None:
    answer = send(manager, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not EventImport.objects.exists()
    assert not list(tmp_path.rglob("*.csv"))


def test_no_file_is_refused_beside_it(market: Market, manager: Client) -> None:
    answer = manager.post(reverse("billing:import_new"), {"token": str(uuid4())})
    assert answer.status_code == 422
    assert manager.get(reverse("billing:import_new")).status_code == 200


def test_problems_are_shown_and_downloaded_without_formulas(market: Market, manager: Client) -> None:
    send(manager, orders(market, "=cmd(),order", f"x,order,<b>Nobody</b>,{TODAY},1,1,Setup"))
    read()
    row = EventImport.objects.get()
    html = page(manager, row)
    assert "&lt;b&gt;Nobody&lt;/b&gt;" in html
    assert "The row has a different number of fields than the header." in html
    answer = manager.get(reverse("billing:import_problems", args=[row.pk]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.splitlines()[:2] == [
        "\ufeffrow,reason,text",
        '5,The row has a different number of fields than the header.,"\'=cmd(),order"',
    ]
    assert "attachment" in answer["Content-Disposition"]


def test_it_is_stopped_and_gone_on_with_once(market: Market, manager: Client) -> None:
    send(manager, orders(market))
    row = EventImport.objects.get()
    assert [verb(manager, "import_go_on", row), verb(manager, "import_stop", row)] == [422, 302]
    assert verb(manager, "import_stop", row) == 422
    read()
    assert not BillingEvent.objects.exists()
    assert reverse("billing:import_go_on", args=[row.pk]) in page(manager, row)
    assert verb(manager, "import_go_on", row) == 302
    read()
    assert BillingEvent.objects.count() == 3
    assert [verb(manager, "import_go_on", row), verb(manager, "import_stop", row)] == [422, 422]


def test_who_may_not_is_turned_away_and_a_strangers_is_not_found(market: Market, south: Market) -> None:
    send(client_of(market.people["manager"]), orders(market))
    row = EventImport.objects.get()
    stranger = client_of(south.people["manager"])
    for name in ("import", "import_problems"):
        assert stranger.get(reverse(f"billing:{name}", args=[row.pk])).status_code == 404
    assert [verb(stranger, name, row) for name in ("import_stop", "import_go_on")] == [404, 404]
    support, admin = client_of(market.people["support"]), client_of(market.people["company_admin"])
    assert [verb(support, "import_stop", row), verb(admin, "import_stop", row)] == [403, 404]
    assert [send(support, orders(market)).status_code, send(admin, orders(market)).status_code] == [403, 403]
    row.refresh_from_db()
    assert row.state == "waiting"


def test_pages_ask_as_many_statements_for_one_as_for_many(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        send(manager, orders(market, *(f"x{row}" for row in range(60))), name=f"file {number}.csv")
    read()
    for address in (
        reverse("billing:imports"),
        reverse("billing:import", args=[EventImport.objects.earliest("pk").pk]),
    ):
        with django_assert_max_num_queries(12):
            manager.get(address)


@pytest.mark.parametrize("asked", ["müller", "MÜLLER", "mu\u0308ller"])
def test_files_are_found_by_their_name_in_any_spelling(market: Market, manager: Client, asked: str) -> None:
    send(manager, orders(market), name="Events Müller.csv")
    send(manager, orders(market, f"o9,order,{market.acme.name},{TODAY},1,9.50,Setup"), name="Events Muller.csv")
    html = manager.get(reverse("billing:imports"), {"q": asked}).content.decode()
    assert "Events Müller.csv" in html
    assert "Events Muller.csv" not in html


def test_a_stopped_dry_run_says_when_it_is_too_old_to_go_on(market: Market, manager: Client) -> None:
    send(manager, orders(market))
    EventImport.objects.update(state="stopped", is_trial=True, created_at=NOW - KEPT - timedelta(seconds=1))
    row = EventImport.objects.get()
    url = reverse("billing:import_go_on", args=[row.pk])
    assert url not in page(manager, row)
    answer = manager.post(url, {"token": str(uuid4())})
    assert answer.status_code == 422
    assert "more than a week old" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "stopped"


def test_another_member_is_told_what_differs_for_them(market: Market, manager: Client) -> None:
    send(manager, orders(market))
    read()
    EventImport.objects.update(is_trial=True)
    url, said = reverse("billing:import_tried", args=[EventImport.objects.get().pk]), "Somebody else made the dry run"
    assert said not in manager.get(url).content.decode()
    finance = client_of(market.people["finance"])
    assert url in page(finance, EventImport.objects.get())
    assert said in finance.get(url).content.decode()
