"""Fields that read strictly."""

from decimal import Decimal

import pytest
from django import forms

from companies.models import Company
from core.errors import Refusal
from tests.factories.world import make_market
from web.fields import AmountField, ExactField, LookupField
from web.forms import PageForm

REFUSED = [
    "-1", "-0", "NaN", "sNaN", "Infinity", "1e400", "0.001", "1E-3", "1e3", "1_000", "99999999999999", "1,000.00",
    "1.234,56", "0x10", "5\u200b", "1 000", "\x00", "1" * 5000, "\uff11\uff12.\uff10\uff10", "+5", "5.", ".5", "\u0663",
]  # fmt: skip


class PayForm(PageForm):
    amount = AmountField(currency="EUR", most=100_00, required=False)
    rate = ExactField(places=3, most=Decimal(100), required=False)


@pytest.mark.parametrize("text", REFUSED)
def test_amounts_that_are_none(text: str) -> None:
    form = PayForm({"amount": text})
    assert not form.is_valid()
    assert form["amount"].value() == text


@pytest.mark.parametrize(("text", "minor"), [("12.30", 12_30), ("7", 7_00), ("0.05", 5), (" 5.5 ", 5_50), ("", None)])
def test_amounts_become_minor_units(text: str, minor: int | None) -> None:
    form = PayForm({"amount": text})
    assert form.is_valid()
    assert form.cleaned_data["amount"] == minor


@pytest.mark.parametrize(("text", "said"), [("0", "Enter at least €0.01."), ("100.01", "Enter at most €100.00.")])
def test_bounds_are_named(text: str, said: str) -> None:
    assert PayForm({"amount": text}).errors["amount"] == [said]


@pytest.mark.parametrize(("currency", "text", "minor"), [("JPY", "120", 120), ("KWD", "1.234", 1234)])
def test_decimals_follow_the_currency(currency: str, text: str, minor: int) -> None:
    field = AmountField(currency=currency)
    assert field.clean(text) == minor
    with pytest.raises(forms.ValidationError):
        field.clean("1.2345")


def test_yen_have_no_decimals() -> None:
    with pytest.raises(forms.ValidationError):
        AmountField(currency="JPY").clean("1.0")


def test_amount_is_shown_as_it_is_read() -> None:
    form = PayForm(initial={"amount": 1234_50, "rate": Decimal("19.500")})
    html = form.as_p()
    assert 'value="1234.50"' in html
    assert 'value="19.5"' in html
    assert "EUR" in html
    assert 'inputmode="decimal"' in html


@pytest.mark.parametrize("text", ["1e3", "-1", "1.2345", "101", "NaN", "1 0", "\uff11"])
def test_exact_numbers_that_are_none(text: str) -> None:
    assert not PayForm({"rate": text}).is_valid()


def test_a_refusal_stands_beside_its_field() -> None:
    form = PayForm({"amount": "1.00"})
    assert form.is_valid()
    form.refuse(Refusal("Too much.", field="amount"))
    form.refuse(Refusal("The balance changed.", field="elsewhere"))
    assert form.problems == [("", "", "The balance changed."), ("id_amount", "Amount", "Too much.")]
    html = form["amount"].as_field_group()
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_amount_error"' in html
    assert 'id="id_amount_error"' in html


class CompanyForm(PageForm):
    company = LookupField(url_name="companies:lookup", what="company")

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data)
        self.fields["company"].queryset = Company.objects.filter(marketplace__code="north")  # type: ignore[attr-defined]


@pytest.fixture
def acme(db: None) -> Company:
    return make_market().acme


def company_of(data: dict[str, str]) -> Company:
    form = CompanyForm(data)
    assert form.is_valid(), form.errors
    found: Company = form.cleaned_data["company"]
    return found


def test_company_by_id(acme: Company) -> None:
    assert company_of({"company": str(acme.pk), "company_text": "Acme north"}) == acme
    assert company_of({"company": str(acme.pk)}) == acme


def test_company_by_what_was_typed(acme: Company) -> None:
    assert company_of({"company": "", "company_text": "acme"}) == acme


def test_typed_text_beats_a_stale_id(acme: Company) -> None:
    birch = Company.objects.get(name="Birch north")
    assert company_of({"company": str(acme.pk), "company_text": "Birch"}) == birch


def test_several_matches_are_offered_and_one_is_picked(acme: Company) -> None:
    form = CompanyForm({"company_text": "north"})
    assert not form.is_valid()
    html = form["company"].as_field_group()
    assert f'name="company_pick" value="{acme.pk}"' in html
    assert 'value="north"' in html
    assert company_of({"company_text": "north", "company_pick": str(acme.pk)}) == acme


@pytest.mark.parametrize("text", ["Acme south", "\x00", "zzz"])
def test_strangers_are_not_found(acme: Company, text: str) -> None:
    make_market("south")
    form = CompanyForm({"company_text": text})
    assert form.errors["company"] == ["No company matches."]


@pytest.mark.parametrize("pk", ["0", "-1", "9" * 30, "x", "1e3", "\x00"])
def test_ids_that_are_none(acme: Company, pk: str) -> None:
    assert not CompanyForm({"company": pk}).is_valid()


def test_a_foreign_id_is_not_found(acme: Company) -> None:
    foreign = make_market("south").acme
    form = CompanyForm({"company": str(foreign.pk)})
    assert form.errors["company"] == ["No company matches."]
    assert "Acme south" not in form.as_p()
