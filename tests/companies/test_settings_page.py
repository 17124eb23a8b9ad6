"""The settings page: what managers change, finance reads, and the preview of numbers; closing a period."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Marketplace, MarketplaceSettings, MerchantOfRecord
from core.labels import FIELDS
from core.models import AuditEntry
from creditmemos.operations.settings import changeable
from office.forms import SECTIONS, SettingsForm
from tests.factories.companies import MerchantFactory
from tests.factories.world import NOW, TODAY, Market, issue_invoice, issue_memo, make_market
from tests.support.verbs import set_threshold
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/settings/"
PREVIEW = "/settings/numbers/"
MAX_QUERIES = 12


def values(**changes: object) -> dict[str, object]:
    """What the form sends while nothing is changed."""
    same: dict[str, object] = {
        "invoice_prefix": "INV-{YYYY}-",
        "memo_prefix": "CM-{YYYY}-",
        "auto_apply": "on",
        "apply_to_existing": "on",
        "apply_order": "due_date",
        "allow_close": "on",
        "approval_threshold": "",
        "allow_alone": "on",
        "credit_paid_invoices": "on",
        "grouped_creation": "on",
        "unified_invoice": "on",
        "customers_may_apply": "on",
        "auto_allocate": "on",
        "small_difference": "0",
        "tax_by": "line",
        "einvoice_in_pdf": "off",
        "payment_terms_days": "14",
        "effective_days_back": "365",
        "credit_limit": "",
        "credit_window_days": "30",
    }
    return {name: value for name, value in (same | changes).items() if value is not None}


def stored(market: Market) -> MarketplaceSettings:
    return MarketplaceSettings.objects.get(marketplace=market.marketplace)


def test_page_shows_what_holds(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issue_memo(market)
    with django_assert_max_num_queries(MAX_QUERIES), time_machine.travel(NOW, tick=False):
        page = manager.get(PAGE).content.decode()
    assert "CM-{YYYY}-" in page
    assert "CM-2026-00002" in page
    assert "INV-2026-00001" in page
    assert "Earliest due date first" in page


def test_unchanged_form_changes_nothing(market: Market, manager: Client) -> None:
    assert manager.post(PAGE, values()).status_code == 302
    assert not AuditEntry.objects.filter(verb="settings.changed").exists()


def test_every_setting_is_stored_and_logged(market: Market, manager: Client) -> None:
    changes = {
        "invoice_prefix": "R{YY}/",
        "memo_prefix": "G{YY}/",
        "shared_numbers": "on",
        "yearly_reset": "on",
        "auto_apply": None,
        "apply_to_existing": None,
        "apply_order": "largest_due",
        "allow_close": None,
        "approval_threshold": "1000.50",
        "credit_paid_invoices": None,
        "grouped_creation": None,
        "unified_invoice": None,
        "customers_may_apply": None,
        "payment_terms_days": "30",
        "effective_days_back": "90",
        "credit_limit": "5000",
        "credit_window_days": "60",
        "tax_by": "document",
    }
    answer = manager.post(PAGE, values(**changes), follow=True)
    assert "The settings are saved." in answer.content.decode()
    found = stored(market)
    assert (found.invoice_prefix, found.memo_prefix) == ("R{YY}/", "G{YY}/")
    assert (found.shared_numbers, found.yearly_reset) == (True, True)
    assert (found.auto_apply, found.apply_to_existing, found.apply_order) == (False, False, "largest_due")
    assert (found.allow_close, found.approval_threshold) == (False, 1000_50)
    assert (found.credit_paid_invoices, found.grouped_creation, found.unified_invoice) == (False, False, False)
    assert found.effective_days_back == 90
    assert (found.credit_limit, found.credit_window_days) == (5000_00, 60)
    assert (found.customers_may_apply, found.payment_terms_days, found.tax_by) == (False, 30, "document")
    entry = AuditEntry.objects.get(verb="settings.changed")
    assert entry.before["approval_threshold"] is None
    assert entry.after["approval_threshold"] == 1000_50
    assert len(entry.after) == 18


def test_what_is_only_asked_for_is_not_called_saved(market: Market, manager: Client) -> None:
    set_threshold(market, 100)
    asked = manager.post(PAGE, values(approval_threshold="2.00"), follow=True).content.decode()
    assert "Sent for approval: " in asked
    assert "The settings are saved." not in asked
    both = manager.post(PAGE, values(approval_threshold="1.00", payment_terms_days="31"), follow=True).content.decode()
    assert "The settings are saved." in both


def test_every_setting_has_its_field_and_its_words() -> None:
    columns = {field.name for field in MarketplaceSettings._meta.concrete_fields} - {"id", "marketplace"}
    form = SettingsForm(marketplace=Marketplace())
    shown = [*(field.name for field in form.numbering), *(name for _label, names in SECTIONS for name in names)]
    assert columns == changeable() == form.fields.keys() == set(shown)
    assert columns <= FIELDS.keys()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"memo_prefix": "CM "}, "no spaces"),
        ({"memo_prefix": "CM{DAY}"}, "no spaces"),
        ({"memo_prefix": "C" * 21}, "at most 20 characters"),
        ({"memo_prefix": "INV-{YYYY}-"}, "same number"),
        ({"memo_prefix": "CM-", "yearly_reset": "on"}, "year"),
        ({"apply_order": "random"}, "Select a valid choice"),
        ({"tax_by": "sometimes"}, "Select a valid choice"),
        ({"payment_terms_days": "-1"}, "greater than or equal to 0"),
        ({"payment_terms_days": "400"}, "less than or equal to 365"),
        ({"credit_limit": "-1"}, "Enter"),
        ({"credit_window_days": "0"}, "greater than or equal to 1"),
        ({"credit_window_days": "1000"}, "less than or equal to 999"),
        ({"effective_days_back": "-1"}, "greater than or equal to 0"),
        ({"effective_days_back": "3651"}, "less than or equal to 3650"),
        ({"approval_threshold": "1e3"}, "Enter"),
        ({"approval_threshold": "-5"}, "Enter"),
        ({"approval_threshold": "10.005"}, "Enter"),
        ({"approval_threshold": "1,00,000.00"}, "Enter"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    market: Market, manager: Client, changes: dict[str, object], problem: str
) -> None:
    with writes() as written:
        answer = manager.post(PAGE, values(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    assert 'class="field-error"' in page
    assert str(next(iter(changes.values()))) in page
    assert "companies_marketplacesettings" not in written


def test_preview_gives_the_next_numbers_of_every_merchant(market: Market, manager: Client) -> None:
    MerchantFactory.create(company=market.reseller, code="RES")
    issue_invoice(market)
    with time_machine.travel(NOW, tick=False), writes() as written:
        page = manager.get(PREVIEW, {"invoice_prefix": "{MERCHANT}/{YY}{MM}-", "memo_prefix": "G-"}).content.decode()
    assert "NORTH/2605-00002" in page
    assert "RES/2605-00001" in page
    assert "G-00001" in page
    assert written == []


def test_preview_names_the_problem(market: Market, manager: Client) -> None:
    page = manager.get(PREVIEW, {"invoice_prefix": "A b", "memo_prefix": "G-"}).content.decode()
    assert "no spaces" in page
    page = manager.get(PREVIEW, {"invoice_prefix": "A", "memo_prefix": "B", "yearly_reset": "on"}).content.decode()
    assert "year" in page
    assert manager.get(PREVIEW, {"invoice_prefix": "A\0", "memo_prefix": "B" * 500}).status_code == 200


def test_finance_reads_and_does_not_change(market: Market) -> None:
    finance = client_of(market.people["finance"])
    page = finance.get(PAGE).content.decode()
    assert "You can read these settings." in page
    assert "disabled" in page
    with writes() as written:
        assert finance.post(PAGE, values(payment_terms_days="30")).status_code == 403
    assert written == []


def test_mass_assignment_is_ignored(market: Market, manager: Client) -> None:
    south = make_market("south")
    manager.post(PAGE, values(payment_terms_days="30", marketplace=south.marketplace.pk, id=99))
    assert (stored(market).payment_terms_days, stored(south).payment_terms_days) == (30, 14)


def close_url(merchant: MerchantOfRecord) -> str:
    return reverse("companies:close_period", args=[merchant.pk])


def test_finance_closes_a_period(market: Market) -> None:
    finance = client_of(market.people["finance"])
    day = TODAY - timedelta(days=18)
    with time_machine.travel(NOW, tick=False):
        assert "period can't be reopened" in finance.get(close_url(market.merchant)).content.decode().replace(
            "&#x27;", "'"
        )
        answer = finance.post(close_url(market.merchant), {"through": day.isoformat()}, follow=True)
    assert "Operator north is closed through Apr 30, 2026." in answer.content.decode()
    market.merchant.refresh_from_db()
    assert market.merchant.closed_through == day


@pytest.mark.parametrize(
    "day", ["2026-05-18", "2027-01-01", "01.04.2026", "", "9999-12-32", "1900-01-01", "1999-12-31"]
)
def test_only_days_that_are_over_are_closed(market: Market, day: str) -> None:
    finance = client_of(market.people["finance"])
    with time_machine.travel(NOW, tick=False):
        assert finance.post(close_url(market.merchant), {"through": day}).status_code == 422
    market.merchant.refresh_from_db()
    assert market.merchant.closed_through is None


def test_managers_do_not_close_periods(market: Market, manager: Client) -> None:
    assert close_url(market.merchant) not in manager.get(PAGE).content.decode()
    assert manager.post(close_url(market.merchant), {"through": "2026-04-30"}).status_code == 403


def test_periods_of_other_marketplaces_are_not_found(market: Market) -> None:
    south = make_market("south")
    finance = client_of(market.people["finance"])
    assert finance.get(close_url(south.merchant)).status_code == 404
    assert finance.post(close_url(south.merchant), {"through": "2026-04-30"}).status_code == 404
