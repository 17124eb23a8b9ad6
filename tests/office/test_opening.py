"""The first day: an empty database gets a marketplace from the machine's command, and its first manager signs in."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from billing.models import BillingSettings, TaxRule
from companies.models import Company, Marketplace, MarketplaceSettings, Membership, MerchantOfRecord, User
from core.models import AuditEntry, OutboxJob
from creditmemos.models import CreditReason
from office.queries import onboarding
from tests.factories.world import Market, issue_invoice
from tests.support.databases import Copy
from tests.support.threads import together
from tests.support.verbs import noted, snapshot
from tests.support.visits import client_of

PASSWORD = "a long enough one 47"
ANSWERS = {
    "name": "Harbour Market", "time_zone": "Europe/Berlin", "languages": "de, en", "operator": "Harbour Market GmbH",
    "street": "Kai 1", "postal_code": "20457", "city": "Hamburg", "country": "de", "tax_number": "DE136695976",
    "billing_email": "billing@harbour.example", "merchant": "HBM", "manager": "Ada@Harbour.example",
    "manager_name": "Ada Berg",
}  # fmt: skip


def opened(*flags: str, **changes: str) -> str:
    """What the command says."""
    out = StringIO()
    said = {**ANSWERS, **changes}
    words = [word for name, answer in said.items() for word in (f"--{name.replace('_', '-')}", answer)]
    call_command("open_marketplace", *words, *flags, stdout=out)
    return out.getvalue()


def settled(client: Client, link: str) -> Client:
    """Follow a link, set the password and sign in."""
    path = "/" + link.split("/", 3)[3]
    form = client.get(path, follow=True)
    target = form.redirect_chain[-1][0] if form.redirect_chain else path
    client.post(target, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    return client


@pytest.mark.django_db
def test_every_row_that_the_pages_need() -> None:
    said = opened()
    market = Marketplace.objects.get()
    assert (market.code, market.name, market.currency, market.time_zone, market.languages, market.default_language) == (
        "harbour-market", "Harbour Market", "EUR", "Europe/Berlin", ["de", "en"], "de",
    )  # fmt: skip
    assert market.pipeline == Marketplace.Pipeline.V2
    company = Company.objects.get()
    assert (company.kind, company.name, company.country, company.tax_number, company.billing_email) == (
        Company.Kind.OPERATOR, "Harbour Market GmbH", "DE", "DE136695976", "billing@harbour.example",
    )  # fmt: skip
    assert MerchantOfRecord.objects.get().company == company
    assert MarketplaceSettings.objects.get().marketplace == BillingSettings.objects.get().marketplace == market
    assert BillingSettings.objects.get().frequency == BillingSettings.Frequency.OFF
    assert [str(rule) for rule in TaxRule.objects.all()] == ["VAT 0.190000"]
    other = CreditReason.objects.get(code="other")
    assert (other.labels, other.note_required) == ({"en": "Other", "de": "Sonstiges"}, True)
    assert noted("marketplace.opened").who.startswith("Operator of the machine (")
    assert "The tax table begins as: VAT 19 % in DE." in said


@pytest.mark.django_db
def test_the_manager_is_mailed_a_link() -> None:
    said = opened()
    membership = Membership.objects.get()
    assert (membership.user.email, membership.name, membership.roles, membership.accepted_at) == (
        "ada@harbour.example", "Ada Berg", ["manager"], None,
    )  # fmt: skip
    assert OutboxJob.objects.filter(topic="member.invited").get().payload == {"membership_id": membership.pk}
    assert "on its way to ada@harbour.example" in said
    assert "http" not in said


@pytest.mark.django_db
def test_a_printed_link_lets_the_manager_in_and_every_page_works(client: Client) -> None:
    link = opened("--print-link").split()[-1]
    assert not OutboxJob.objects.filter(topic="member.invited").exists()
    settled(client, link)
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert Membership.objects.get().accepted_at is not None
    client.force_login(user)
    home = client.get("/")
    assert (home.status_code, home.context["title"]) == (200, "Set up")
    for path in ("credit-memos/", "invoices/", "subscriptions/", "billing/", "billing/settings/", "billing/settings/taxes/",
                 "settings/", "companies/", "people/", "mails/settings/", "audit-log/", "documents/builder/"):  # fmt: skip
        assert client.get(f"/{path}").status_code == 200, path


@pytest.mark.django_db
def test_who_has_an_account_already_signs_in_as_before(market: Market) -> None:
    ada = market.user("manager")
    ada.set_password(PASSWORD)
    ada.save()
    said = opened(manager=ada.email)
    assert f"{ada.email} has an account and signs in as before." in said
    assert Membership.objects.filter(user=ada, accepted_at__isnull=False).count() == 2


@pytest.mark.django_db
def test_a_second_time_is_refused_in_words() -> None:
    opened()
    before = snapshot()
    with pytest.raises(CommandError, match=r"A marketplace harbour-market already exists\. Nothing was changed\."):
        opened()
    assert snapshot() == before
    opened(name="Other Market", merchant="OTH")
    assert Marketplace.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"currency": "EURO"}, "--currency: Enter the currency by its ISO 4217 code"),
        ({"time_zone": "Berlin"}, "--time-zone: Enter the time zone"),
        ({"languages": "de,xx"}, "--languages: "),
        ({"languages": "de,de"}, "--languages: Enter each language once"),
        ({"code": "Harbour!"}, "--code: Enter the code in small letters"),
        ({"name": ""}, "--name: "),
        ({"name": "***"}, "--code: "),
        ({"merchant": "ELEVENCHARS"}, "--merchant: Enter up to 10 letters"),
        ({"merchant": "a b"}, "--merchant: "),
        ({"operator": ""}, "--operator: "),
        ({"country": "Germany"}, "--country: "),
        ({"country": ""}, "--country: Enter the country"),
        ({"tax_number": "DE136695977"}, "--tax-number: "),
        ({"billing_email": "billing"}, "--billing-email: "),
        ({"manager": "ada"}, "--manager: Enter a valid email address."),
        ({"manager_name": " "}, "--manager-name: "),
    ],
)
def test_what_does_not_fit_is_refused_with_its_option_and_leaves_nothing(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(CommandError) as caught:
        opened(**changes)
    assert str(caught.value).startswith(problem)
    assert not Marketplace.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_what_is_missing_is_named() -> None:
    with pytest.raises(CommandError, match=r"--name is missing: Name of the marketplace\."):
        call_command("open_marketplace")


@pytest.mark.race
@pytest.mark.postgres
def test_two_at_once_open_one(committed_db: Copy) -> None:
    def attempt() -> Any:
        try:
            return opened()
        except CommandError as error:
            return error

    said = together([attempt, attempt])
    assert sorted(isinstance(each, CommandError) for each in said) == [False, True]
    assert Marketplace.objects.count() == 1


@pytest.mark.django_db
def test_nobody_is_made_a_superuser() -> None:
    with pytest.raises(CommandError, match="use open_marketplace; for a marketplace that nobody can manage any more"):
        call_command("createsuperuser", "--noinput", "--email", "root@example.com")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_sign_in_page_says_so_while_there_is_no_marketplace(client: Client) -> None:
    page = client.get(reverse("companies:sign_in")).content.decode()
    assert "bin/offset open_marketplace" in page
    assert "<form" not in page
    opened()
    assert "bin/offset" not in client.get(reverse("companies:sign_in")).content.decode()


@pytest.mark.django_db
def test_the_start_says_what_is_left_until_something_was_billed(market: Market, settings: Any) -> None:
    settings.EMAIL_BACKEND = onboarding.FILES
    page = client_of(market.people["manager"]).get("/")
    steps = {step.title: step.is_done for step in page.context["steps"]}
    assert steps == {
        "Company": True, "Product and plan": False, "Tax table": False, "Numbering": True, "Mail": False,
        "Subscription": False, "First invoice": False,
    }  # fmt: skip
    assert "INV-" in page.content.decode()
    issue_invoice(market)
    assert client_of(market.people["manager"]).get("/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "reseller", "company_admin"])
def test_it_is_for_those_who_may_see_the_settings(market: Market, role: str) -> None:
    assert client_of(market.people[role]).get("/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["manager", "finance"])
def test_who_sees_a_step_may_take_it(market: Market, role: str) -> None:
    client = client_of(market.people[role])
    urls = [reverse(step.url_name) for step in client.get("/").context["steps"]]
    assert [client.get(url).status_code for url in urls] == [200] * len(urls)
