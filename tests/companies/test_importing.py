"""Files of companies: tried, imported, and imported again without a second effect."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.domain import refusals
from companies.domain.company_files import in_waves
from companies.domain.company_values import values_of
from companies.models import Company, CompanyImport, Membership
from companies.operations import importing
from companies.operations.importing import starting
from core.errors import InvalidInput, Missing
from core.models import AuditEntry, OutboxJob
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, key, make_market
from tests.support.verbs import noted, refused, snapshot

pytestmark = pytest.mark.usefixtures("folder")
HEADER = "external_key,name,kind,country,tax_number,payment_terms_days,parent,reseller"


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> None:
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def send(market: Market, *lines: str, header: str = HEADER, who: str = "finance", **more: Any) -> CompanyImport:
    content = "\n".join([header, *lines, ""]).encode()
    told = {"is_trial": False, "may_invite": True, "key": key(), **more}
    return importing.import_companies(
        name="companies.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(who), now=NOW, **told
    )


def came_to(sent: CompanyImport) -> tuple[int, int, int, int]:
    return sent.added, sent.changed, sent.same, sent.refused


def problems(sent: CompanyImport) -> list[tuple[int, str]]:
    return list(sent.problems.order_by("row").values_list("row", "message"))


def company(market: Market, external_key: str) -> Company:
    return Company.objects.get(marketplace=market.marketplace, external_key=external_key)


ROWS = (
    "C-1,Dune,customer,AT,ATU 13585627,30,P-1,R-1",
    "R-1,Oasis,reseller,DE,,,,",
    "P-1,Desert,,DE,,,,",
)


def test_rows_come_in_any_order_and_name_each_other(market: Market) -> None:
    assert came_to(send(market, *ROWS)) == (3, 0, 0, 0)
    dune = company(market, "C-1")
    assert (dune.parent, dune.reseller) == (company(market, "P-1"), company(market, "R-1"))
    assert (dune.name, dune.country, dune.payment_terms_days, dune.is_active) == ("Dune", "AT", 30, True)
    assert company(market, "P-1").kind == "customer"
    entry = AuditEntry.objects.get(verb="company.added", object_id=dune.pk)
    assert (entry.company, entry.actor_id) == (dune, market.user("finance").pk)
    assert (entry.after["parent"], entry.after["reseller"], entry.after["name"]) == ("Desert", "Oasis", "Dune")
    assert noted("companies.imported").after == {"name": "companies.csv", "added": 3, "changed": 0, "refused": 0}


def test_the_same_file_again_has_no_effect_and_another_row_changes(market: Market) -> None:
    send(market, *ROWS)
    before = snapshot()["companies.Company"]
    assert came_to(send(market, *ROWS)) == (0, 0, 3, 0)
    assert snapshot()["companies.Company"] == before
    assert came_to(send(market, ROWS[0].replace("Dune", "Dunes"), *ROWS[1:])) == (0, 1, 2, 0)
    entry = noted("company.changed")
    assert (entry.before, entry.after) == ({"name": "Dune"}, {"name": "Dunes"})


def test_a_column_that_is_left_out_stays_and_an_empty_field_empties(market: Market) -> None:
    send(market, *ROWS)
    assert came_to(send(market, "C-1,,", header="external_key,tax_number,payment_terms_days")) == (0, 1, 0, 0)
    dune = company(market, "C-1")
    assert (dune.name, dune.country, dune.tax_number, dune.payment_terms_days) == ("Dune", "AT", "", None)
    assert dune.parent == company(market, "P-1")


def name_it(company: Company, external_key: str) -> None:
    company.external_key = external_key
    company.save()


def test_a_trial_leaves_nothing_but_what_it_says(market: Market) -> None:
    before = snapshot()
    trial = send(
        market, *ROWS, "X-1,,,,,,,", is_trial=True, header=HEADER,
    )  # fmt: skip
    assert came_to(trial) == (3, 0, 0, 1)
    changed = {table for table, found in snapshot().items() if found != before[table]}
    assert changed == {"core.AuditEntry", "core.IdempotencyRecord"}
    told: dict[str, Any] = {"may_invite": True, "actor": market.actor("finance"), "now": NOW}
    real = importing.import_tried(trial=trial, key="real", **told)
    assert came_to(real) == (3, 0, 0, 1)
    assert importing.import_tried(trial=trial, key="real", **told) == real
    with refused(Missing):
        importing.import_tried(trial=real, key="again", **told)
    south = make_market("south")
    with pytest.raises(CompanyImport.DoesNotExist):
        importing.import_tried(trial=trial, may_invite=True, actor=south.actor(), now=NOW, key="theirs")
    CompanyImport.objects.filter(pk=trial.pk).update(file="imports/gone.csv")
    with refused(refusals.FileIsGone):
        importing.import_tried(trial=trial, key="gone", **told)


def test_what_does_not_fit_is_listed_with_its_line_and_the_rest_goes_in(market: Market) -> None:
    name_it(market.vendor, "V-1")
    sent = send(
        market,
        ",No key,,,,,,",
        "A-1,Good,,,,,,",
        "A-1,Twice,,,,,,",
        "A-2,,,,,,,",
        "A-3,Bad country,,XX,,,,",
        "A-4,Bad number,,AT,ATU13585628,,,",
        "A-5,Bad days,,,,soon,,",
        "A-6,Bad kind,emperor,,,,,",
        "A-7,Nobody's child,,,,,Z-9,",
        "A-8,Child of a refused one,,,,,A-2,",
        "A-9,No reseller,,,,,,A-1",
        "B-1,Grandchild,,,,,B-2,",
        "B-2,Child,,,,,A-1,",
        "B-3,Circle,,,,,B-4,",
        "B-4,Circle,,,,,B-3,",
        "B-5,Own child,,,,,B-5,",
        "V-1,Vendor,customer,,,,,",
        "A-10,Short",
        '"A-11,Unclosed',
    )
    assert came_to(sent) == (2, 0, 0, 17)
    found = dict(problems(sent))
    assert sorted(found) == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20][:17]
    assert set(Company.objects.filter(external_key__regex="^[AB]").values_list("external_key", flat=True)) == {
        "A-1", "B-2",
    }  # fmt: skip
    for line, words in (
        (2, "no external key"), (4, "Row 3"), (5, "Name:"), (6, "Country:"), (7, "Tax number:"),
        (8, "Payment terms in days:"), (9, "Kind:"), (10, "No company has the external key Z-9"),
        (11, "The row of A-2"), (12, "Reseller:"), (13, "Parent:"), (15, "circle"), (17, "Parent:"), (18, "kind"),
        (19, "a different number of fields"),
    ):  # fmt: skip
        assert words in found[line], line


def test_a_file_is_refused_as_a_whole_beside_its_field(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    for header in ("name,kind", "external_key,shoe_size", "external_key,external key"):
        with refused(InvalidInput, field="file"):
            send(market, header=header)
    with refused(InvalidInput, field="file"):
        send(market, header="external_key,name,admin_email,admin_name", may_invite=False)
    monkeypatch.setattr(starting, "MOST_ROWS", 1)
    with refused(InvalidInput, field="file") as caught:
        send(market, *ROWS)
    assert "more than 1 rows" in caught.value.message
    assert not default_storage.exists("imports") or default_storage.listdir("imports")[1] == []


def test_a_key_names_a_company_of_ones_own_marketplace(market: Market) -> None:
    south = make_market("south")
    send(south, *ROWS)
    assert came_to(send(market, *ROWS)) == (3, 0, 0, 0)
    assert came_to(send(market, "C-2,Child,,,,,P-1,")) == (1, 0, 0, 0)
    assert company(market, "C-2").parent == company(market, "P-1")


def test_admins_are_invited_once(market: Market) -> None:
    header = "external_key,name,kind,admin_email,admin_name"
    lines = ("C-1,Dune,,Ann@Dune.example,Ann", "R-1,Oasis,reseller,bo@oasis.example,Bo", "C-2,Noone,,,")
    trial = send(market, *lines, header=header, who="manager", is_trial=True)
    assert (trial.invited, OutboxJob.objects.count()) == (2, 0)
    assert send(market, *lines, header=header, who="manager").invited == 2
    ann = Membership.objects.get(company=company(market, "C-1"))
    assert (ann.user.email, ann.name, ann.roles, ann.accepted_at) == (
        "ann@dune.example",
        "Ann",
        ["company_admin"],
        None,
    )
    assert Membership.objects.get(company=company(market, "R-1")).roles == ["reseller"]
    mails = OutboxJob.objects.count()
    assert mails
    again = send(market, *lines, header=header, who="manager")
    assert (again.invited, came_to(again), OutboxJob.objects.count()) == (0, (0, 0, 3, 0), mails)
    wrong = send(
        market, "X-1,X,,nobody,Ann", "X-2,X,,x@x.example,", f"X-3,X,,{market.user('manager').email},Me",
        header=header, who="manager",
    )  # fmt: skip
    assert came_to(wrong) == (0, 0, 0, 3)
    assert [text.partition(":")[0] for _line, text in problems(wrong)] == [
        "Admin's e-mail",
        "Admin's name",
        "Admin's e-mail",
    ]


def test_nobody_imports_what_their_own_company_owes(market: Market) -> None:
    name_it(market.acme, "ACME")
    name_it(market.reseller, "RES")
    name_it(market.operator, "OP")
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["company_admin"])
    MembershipFactory.create(user=market.user("finance"), company=market.reseller, roles=["reseller"])
    sent = send(
        market, "ACME,Acme,,DE,,90,,", "N-1,New,,DE,,,,RES", "N-2,New,,DE,,,ACME,", "N-3,New,,DE,,,OP,",
        "OP,Operator,operator,DE,,3,,",
    )  # fmt: skip
    assert came_to(sent) == (0, 0, 0, 5)
    texts = [text for _line, text in problems(sent)]
    assert [str(refusals.OwnCompany.text) in text for text in texts] == [True, True, True, False, False]
    assert "changes need approval" in texts[3]
    assert came_to(send(market, "ACME,Acme & Sons", header="external_key,name")) == (0, 1, 0, 0)
    assert came_to(send(market, "ACME,Acme,,DE,,90,,", who="manager")) == (0, 1, 0, 0)
    assert values_of(Company.objects.get(pk=market.acme.pk)).payment_terms_days == 90


def test_columns_of_the_exported_list_are_read_back(market: Market) -> None:
    header = '"Name","Kind","Parent","Reseller","Billing e-mail","External key","Payment terms, days"'
    assert came_to(send(market, '"Dune","Customer","","","a@dune.example","D-1","30"', header=header)) == (1, 0, 0, 0)
    dune = company(market, "D-1")
    assert (dune.name, dune.billing_email, dune.payment_terms_days) == ("Dune", "a@dune.example", 30)


def test_relatives_that_change_places_in_one_file(market: Market) -> None:
    send(market, "C-1,Child,,,,,P-1,", "P-1,Parent,,,,,,", "R-1,Reseller,reseller,,,,P-1,")
    assert came_to(send(market, "C-1,Child,,,,,,", "P-1,Parent,,,,,C-1,R-1", "R-1,Reseller,reseller,,,,,")) == (
        0,
        3,
        0,
        0,
    )
    parent = company(market, "P-1")
    assert (parent.parent, parent.reseller) == (company(market, "C-1"), company(market, "R-1"))


def test_what_hangs_on_itself_never_comes() -> None:
    names = {"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": set(), "e": {"x"}, "f": {"a"}}
    assert list(in_waves(names, set())) == [["d", "e"], ["c"]]
    assert [sorted(wave) for wave in in_waves(names, {"a", "b"})] == [["d", "e"], ["c"], ["a", "b", "f"]]


def many(count: int) -> list[str]:
    return [
        f"K-{n},Company {n},{'reseller' if n % 10 == 0 else 'customer'},DE,,{n % 60},"
        f"{f'K-{n - n % 10}' if n % 10 == 3 else ''},{f'K-{n - n % 10}' if n % 10 > 5 else ''}"
        for n in range(10, 10 + count)
    ]  # fmt: skip


@pytest.mark.slow
def test_ten_thousand_companies_by_few_statements(market: Market) -> None:
    count = 500 if connection.vendor == "postgresql" else 10_000
    lines = many(count)
    lines[1] = lines[1].replace("Company 11", "")
    statements = []
    passes: tuple[tuple[dict[str, Any], tuple[int, int, int, int]], ...] = (
        ({"is_trial": True}, (count - 1, 0, 0, 1)), ({}, (count - 1, 0, 0, 1)), ({}, (0, 0, count - 1, 1)),
    )  # fmt: skip
    for told, counts in passes:
        with CaptureQueriesContext(connection) as queries:
            assert came_to(send(market, *lines, **told)) == counts
        statements.append(len(queries))
    assert max(statements) < 100
    found = Company.objects.filter(marketplace=market.marketplace, external_key__startswith="K-")
    assert found.count() == count - 1
    assert AuditEntry.objects.filter(verb="company.added").count() == count - 1
    assert found.filter(reseller__isnull=False).count() == count // 10 * 4


def test_nobody_has_somebody_else_import_what_their_own_company_owes(market: Market) -> None:
    name_it(market.acme, "ACME")
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["company_admin"])
    lines, header = ("ACME,yes,365", "C-1,no,30"), "external_key,tax_exempt,payment_terms_days"
    trial = send(market, *(f"{line},Dune" for line in lines), header=f"{header},name", is_trial=True)
    assert trial.refused == 1
    real = importing.import_tried(trial=trial, may_invite=True, actor=market.actor("manager"), now=NOW, key=key())
    assert came_to(real) == (1, 0, 0, 1)
    market.acme.refresh_from_db()
    assert (market.acme.tax_exempt, market.acme.payment_terms_days) == (False, None)


PEOPLE_HEADER = "external_key,name,admin_email,admin_name"


def test_a_file_takes_nobody_back_whose_membership_ended(market: Market) -> None:
    row = "C-1,Dune,ada@dune.example,Ada"
    assert send(market, row, header=PEOPLE_HEADER).invited == 1
    Membership.objects.filter(user__email="ada@dune.example").update(is_active=False)
    again = send(market, row, header=PEOPLE_HEADER)
    assert (again.invited, came_to(again)) == (0, (0, 0, 1, 0))
    assert not Membership.objects.get(user__email="ada@dune.example").is_active


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"C-1,Dune,{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.example,Ada", "at most 254 characters"),
        ("OP,Operator north,ada@dune.example,Ada", "Add members of the operator under People."),
        ("\u3000,Dune,,", "The row has no external key"),
    ],
)
def test_people_and_keys_that_do_not_fit_are_told_by_the_trial(market: Market, row: str, problem: str) -> None:
    name_it(market.operator, "OP")
    for is_trial in (True, False):
        [(_line, message)] = problems(send(market, row, header=PEOPLE_HEADER, is_trial=is_trial))
        assert problem in message


def test_blanks_of_any_kind_around_a_key_name_the_same_company(market: Market) -> None:
    send(market, "C-1,Dune,,", header=PEOPLE_HEADER)
    assert came_to(send(market, "C-1\u00a0,Dune,,", header=PEOPLE_HEADER)) == (0, 0, 1, 0)
