"""Add a company, change it, switch it off and on again."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from companies import operations
from companies.domain import refusals
from companies.domain.company_values import CompanyValues, values_of
from companies.domain.roles import PERMISSIONS
from companies.models import Company, Membership
from companies.operations.approvals import approve
from companies.operations.companies import PERMISSION, fixed_fields
from core.errors import InvalidInput, Missing, Refusal
from core.models import Approval
from subscriptions import operations as subscriptions
from subscriptions.domain.refusals import CompanyCannotSubscribe
from tests.factories.billing import plan, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, apply, issue_invoice, issue_memo, make_market
from tests.support.verbs import noted, refused

NEW = CompanyValues(
    name="Dune  Trading ", kind="customer", external_key="D-1", street="Quay 1", postal_code="1010", city="Wien",
    country="at", tax_number="ATU 13585627", billing_email=" Bills@Dune.Example ", language="de",
    payment_terms_days=30,
)  # fmt: skip


def add(market: Market, **changes: Any) -> Company:
    return operations.add_company(values=replace(NEW, **changes), actor=market.actor("finance"), now=NOW)


def change(market: Market, company: Company, *, who: str = "finance", **changes: Any) -> Company:
    values = replace(values_of(Company.objects.get(pk=company.pk)), **changes)
    return operations.change_company(company=company, values=values, actor=market.actor(who), now=NOW)


def off(market: Market, company: Company) -> Company:
    return operations.switch_off(company=company, actor=market.actor("finance"), now=NOW)


def on(market: Market, company: Company) -> Company:
    return operations.switch_on(company=company, actor=market.actor("finance"), now=NOW)


def test_it_is_added_in_one_spelling_and_noted(market: Market) -> None:
    company = add(market, parent_id=market.acme.pk, reseller_id=market.reseller.pk)
    company = Company.objects.get(pk=company.pk)
    assert values_of(company) == replace(
        NEW, name="Dune Trading", country="AT", billing_email="bills@dune.example", parent_id=market.acme.pk,
        reseller_id=market.reseller.pk,
    )  # fmt: skip
    assert (company.marketplace, company.is_active, company.company_wide_billing) == (market.marketplace, True, True)
    entry = noted("company.added")
    assert (entry.company, entry.actor_id) == (company, market.user("finance").pk)
    assert (entry.after["parent"], entry.after["reseller"]) == ("Acme north", "Reseller north")


WRONG: list[tuple[dict[str, Any], type[Refusal], str]] = [
    ({"name": "  "}, InvalidInput, "name"),
    ({"name": "x" * 201}, InvalidInput, "name"),
    ({"kind": "operator"}, InvalidInput, "kind"),
    ({"kind": "emperor"}, InvalidInput, "kind"),
    ({"country": "XX"}, InvalidInput, "country"),
    ({"country": "Austria"}, InvalidInput, "country"),
    ({"tax_number": "ATU 13585628"}, refusals.TaxNumberMistyped, "tax_number"),
    ({"tax_number": "DE 136 695 975"}, refusals.TaxNumberMistyped, "tax_number"),
    ({"billing_email": "bills@"}, InvalidInput, "billing_email"),
    ({"language": "es"}, InvalidInput, "language"),
    ({"payment_terms_days": 366}, InvalidInput, "payment_terms_days"),
    ({"payment_terms_days": -1}, InvalidInput, "payment_terms_days"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "kind", "field"), WRONG)
def test_what_is_wrong_is_said_beside_its_field(
    market: Market, wrong: dict[str, Any], kind: type[Refusal], field: str
) -> None:
    with refused(kind, field=field):
        add(market, **wrong)
    with refused(kind, field=field):
        change(market, market.acme, **wrong)


def test_other_tax_registrations_and_empty_fields_are_taken(market: Market) -> None:
    company = add(
        market, tax_number="12/345/67890", country="", language="", payment_terms_days=None, billing_email="",
        external_key="",
    )  # fmt: skip
    assert (company.tax_number, company.country, company.external_key) == ("12/345/67890", "", "")
    assert add(market, external_key="").pk != company.pk, "many have no key"


def test_an_external_key_names_one_company_of_a_marketplace(market: Market) -> None:
    add(market)
    with refused(refusals.ExternalKeyTaken, field="external_key"):
        add(market, name="Another")
    with refused(refusals.ExternalKeyTaken, field="external_key"):
        change(market, market.acme, external_key="D-1")
    south = make_market("south")
    assert add(south).external_key == "D-1"


def test_there_is_one_level_of_parents(market: Market) -> None:
    change(market, market.birch, parent_id=market.acme.pk)
    for company, parent in ((market.acme, market.reseller), (market.client, market.birch), (market.acme, market.acme)):
        with refused(refusals.NotThisParent, field="parent"):
            change(market, company, parent_id=parent.pk)
    with refused(refusals.NotThisParent, field="parent"):
        add(market, parent_id=market.birch.pk)


def test_a_reseller_is_active_and_pays_for_customers(market: Market) -> None:
    with refused(refusals.NotThisReseller, field="reseller"):
        add(market, reseller_id=market.acme.pk)
    with refused(refusals.NotThisReseller, field="reseller"):
        add(market, kind="vendor", reseller_id=market.reseller.pk)
    Company.objects.filter(pk=market.reseller.pk).update(is_active=False)
    with refused(refusals.NotThisReseller, field="reseller"):
        add(market, reseller_id=market.reseller.pk)


def test_relatives_are_of_the_same_marketplace(market: Market) -> None:
    south = make_market("south")
    strangers: list[dict[str, Any]] = [{"parent_id": south.acme.pk}, {"reseller_id": south.reseller.pk}]
    for strange in strangers:
        with refused(Missing):
            add(market, **strange)
        with refused(Missing):
            change(market, market.acme, **strange)
    with refused(Missing):
        change(south, market.acme, name="Mine")
    for verb in (off, on):
        with refused(Missing):
            verb(south, market.acme)


def test_a_change_says_what_it_was_and_leaves_the_rest(market: Market) -> None:
    change(market, market.acme, city="Hamburg", reseller_id=market.reseller.pk)
    entry = noted("company.changed")
    assert entry.before == {"city": "Berlin", "reseller": ""}
    assert entry.after == {"city": "Hamburg", "reseller": "Reseller north"}
    with refused(refusals.CompanyUnchanged):
        change(market, market.acme)


def test_who_was_slower_is_told_what_changed_meanwhile(market: Market) -> None:
    seen = values_of(market.acme)
    change(market, market.acme, city="Hamburg")
    with refused(refusals.ChangedMeanwhile) as caught:
        operations.change_company(
            company=market.acme, values=replace(seen, street="Quay 2"), seen=seen, actor=market.actor(), now=NOW
        )
    assert "City" in caught.value.message


def test_what_documents_froze_stays(market: Market) -> None:
    invoice = issue_invoice(market)
    before = (invoice.frozen, invoice.payer_name)
    change(market, market.acme, name="Acme & Sons", street="Elsewhere 9", tax_number="DE 136 695 976")
    invoice.refresh_from_db()
    assert (invoice.frozen, invoice.payer_name) == before
    assert invoice.frozen["payer"]["name"] == "Acme north"
    assert issue_invoice(market).frozen["payer"]["street"] == "Elsewhere 9"


def test_the_kind_is_kept_once_something_depends_on_it(market: Market) -> None:
    company = add(market)
    assert change(market, company, kind="vendor").kind == "vendor"
    issue_invoice(market, company=market.birch)
    Membership.objects.filter(company=market.birch).delete()
    for held in (market.acme, market.reseller, market.birch):
        with refused(refusals.KindIsKept, field="kind"):
            change(market, held, kind="vendor")
        assert "kind" in fixed_fields(held, actor=market.actor())


def test_the_operator_changes_its_address_and_no_more(market: Market) -> None:
    change(market, market.operator, street="New Street 2", tax_number="", billing_email="books@north.example")
    assert Company.objects.get(pk=market.operator.pk).street == "New Street 2"
    fixed: dict[str, Any]
    for fixed in ({"kind": "customer"}, {"tax_exempt": True}, {"payment_terms_days": 3}, {"parent_id": market.acme.pk}):
        field = next(iter(fixed)).removesuffix("_id")
        with refused(refusals.OperatorIsFixed, field=field):
            change(market, market.operator, **fixed)
        assert field in fixed_fields(market.operator, actor=market.actor())
    with refused(refusals.OperatorIsFixed):
        off(market, market.operator)


# --- one's own company ------------------------------------------------------------------------------------------------

OWN: list[tuple[str, dict[str, Any]]] = [
    ("tax_exempt", {"tax_exempt": True}), ("payment_terms_days", {"payment_terms_days": 90}),
    ("country", {"country": "FR"}), ("reseller", {"reseller_id": None}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "own"), OWN)
def test_nobody_changes_what_their_own_company_owes(market: Market, field: str, own: dict[str, Any]) -> None:
    MembershipFactory.create(user=market.user("finance"), company=market.client, roles=["company_admin"])
    with refused(refusals.OwnCompany, field=field):
        change(market, market.client, **own)
    assert field in fixed_fields(market.client, actor=market.actor("finance"))
    assert change(market, market.client, who="manager", **own).pk == market.client.pk
    assert change(market, market.client, street="Quay 7").street == "Quay 7"


def test_nobody_makes_a_company_their_own_companys_customer_or_child(market: Market) -> None:
    MembershipFactory.create(user=market.user("finance"), company=market.reseller, roles=["reseller"])
    with refused(refusals.OwnCompany, field="reseller"):
        add(market, reseller_id=market.reseller.pk)
    with refused(refusals.OwnCompany, field="reseller"):
        change(market, market.client, reseller_id=None)
    with refused(refusals.OwnCompany, field="parent"):
        change(market, market.acme, parent_id=market.reseller.pk)


def test_of_a_relative_of_the_operator_a_second_person_decides(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    with refused(refusals.SecondPersonNeeded, field="tax_exempt") as caught:
        change(market, market.acme, tax_exempt=True)
    assert caught.value.ask is not None
    caught.value.ask(market.actor("finance"), NOW)
    approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    assert Company.objects.get(pk=market.acme.pk).tax_exempt
    assert noted("company.changed").after == {"tax_exempt": True}


def test_what_changed_since_it_was_asked_is_not_approved(market: Market) -> None:
    with refused(refusals.SecondPersonNeeded, field="parent") as caught:
        change(market, market.acme, parent_id=market.operator.pk)
    assert caught.value.ask is not None
    caught.value.ask(market.actor("finance"), NOW)
    change(market, market.acme, city="Hamburg")
    with refused(refusals.ChangedMeanwhile):
        approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    with refused(refusals.SecondPersonNeeded, field="parent") as adding:
        add(market, parent_id=market.operator.pk)
    assert adding.value.ask is None


# --- off and on -------------------------------------------------------------------------------------------------------


def test_a_company_that_is_off_begins_nothing(market: Market) -> None:
    of = plan(market)
    off(market, market.birch)
    assert noted("company.switched_off").after == {"is_active": False}
    birch = Company.objects.get(pk=market.birch.pk)
    with refused(CompanyCannotSubscribe, field="company"):
        subscriptions.subscribe(
            company=market.birch, plan=of, quantity=Decimal(1), started_on=TODAY, actor=market.actor(), now=NOW, key="k"
        )
    with refused(refusals.CompanyIsOff, field="company"):
        operations.invite(
            company=birch, email="new@birch.example", name="New", roles=["user"], actor=market.actor(), now=NOW
        )
    with refused(refusals.CompanyIsOff, field="company"):
        issue_memo(market, company=birch)
    with refused(refusals.CompanyUnchanged):
        off(market, market.birch)
    on(market, market.birch)
    assert noted("company.switched_on").before == {"is_active": False}
    with refused(refusals.CompanyUnchanged):
        on(market, market.birch)


def test_open_documents_stay_and_are_settled(market: Market) -> None:
    invoice, memo = issue_invoice(market, company=market.birch), issue_memo(market, company=market.birch)
    off(market, market.birch)
    apply(market, memo, invoice, 1000)
    invoice.refresh_from_db()
    assert invoice.credited == 1000


def test_what_runs_for_a_company_ends_first(market: Market) -> None:
    row = subscribe(market, plan(market), company=market.client, heard=False).row
    for company in (market.client, market.reseller):
        with refused(refusals.CannotSwitchOff):
            off(market, company)
    type(row).objects.filter(pk=row.pk).update(cancelled_on="2026-06-01", cancelled_at=NOW)
    with refused(refusals.CannotSwitchOff) as caught:
        off(market, market.reseller)
    assert "active customers" in caught.value.message
    off(market, market.client)
    off(market, market.reseller)
    with refused(refusals.ResellerIsOff):
        on(market, market.client)


def test_the_permission_is_one_of_the_table() -> None:
    assert PERMISSION in PERMISSIONS
