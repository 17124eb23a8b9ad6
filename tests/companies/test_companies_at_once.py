"""What two people do with companies at the same moment comes to what one after the other would."""

import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from companies import operations
from companies.domain.company_values import CompanyValues, values_of
from companies.domain.refusals import CannotSwitchOff, ChangedMeanwhile, NotThisReseller
from companies.models import Company, CompanyImport
from companies.operations import importing
from core.errors import Refusal
from core.retry import retry
from tests.factories.world import NOW, Market, key, make_market
from tests.support.databases import Copy
from tests.support.threads import together

pytestmark = pytest.mark.race


def change(market: Market, person: str, city: str, seen: CompanyValues) -> Company:
    values = replace(seen, city=city)
    return retry(
        lambda: operations.change_company(
            company=market.acme, values=values, seen=seen, actor=market.actor(person), now=NOW
        )
    )


def test_of_two_changes_the_second_is_told(committed_db: Copy) -> None:
    market = make_market()
    seen = values_of(market.acme)
    cities = {"finance": "Köln", "manager": "Ulm"}
    found = together([partial(change, market, person, city, seen) for person, city in cities.items()])
    won = [each for each in found if isinstance(each, Company)]
    assert len(won) == 1
    assert [type(each) for each in found if each not in won] == [ChangedMeanwhile]
    assert Company.objects.get(pk=market.acme.pk).city == won[0].city


def test_no_customer_is_left_with_a_reseller_that_is_off(committed_db: Copy) -> None:
    market = make_market()
    Company.objects.filter(pk=market.client.pk).update(reseller=None)
    values = CompanyValues(name="Dune", kind="customer", reseller_id=market.reseller.pk)
    actor = market.actor("finance")
    found = together(
        [
            partial(operations.add_company, values=values, actor=actor, now=NOW),
            partial(operations.switch_off, company=market.reseller, actor=actor, now=NOW),
        ]
    )
    refusals = [type(each) for each in found if isinstance(each, Refusal)]
    assert refusals in ([CannotSwitchOff], [NotThisReseller])
    is_on = Company.objects.get(pk=market.reseller.pk).is_active
    assert Company.objects.filter(name="Dune").exists() == is_on


def test_one_file_sent_twice_at_once_has_one_effect(committed_db: Copy, settings: Settings, tmp_path: Path) -> None:
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    market = make_market()
    content = b"external_key,name,parent\nC-1,Dune,P-1\nP-1,Desert,\n"

    def send() -> CompanyImport:
        return importing.import_companies(
            name="companies.csv", content=io.BytesIO(content), size=len(content), is_trial=False, may_invite=True,
            actor=market.actor("finance"), now=NOW, key=key(),
        )  # fmt: skip

    found = together([partial(retry, send), partial(retry, send)])
    counts = sorted((each.added, each.same) for each in found if isinstance(each, CompanyImport))
    assert counts == [(0, 2), (2, 0)]
    assert Company.objects.filter(external_key__in=["C-1", "P-1"]).count() == 2
