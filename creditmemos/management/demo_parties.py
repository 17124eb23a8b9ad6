"""The demo's three marketplaces: their companies and people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from django.contrib.auth.hashers import make_password
from stdnum.iso7064 import mod_11_10

from companies.models import Company, Grant, Marketplace, MarketplaceSettings, Membership, MerchantOfRecord, TaxBy, User
from companies.queries.demo import DOMAIN, PASSWORD
from creditmemos.operations.reasons import add_default_reasons

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""Since when the demo's people are there: long enough to decide for each other."""

EUROPE = (
    "Alpenblick Logistik", "Brandt & Söhne", "Café Lumière", "Delta Energie", "Eifel Maschinenbau", "Fjord Shipping",
    "Grünwald Apotheken", "Hansa Papier", "Isar Biotech", "Jura Horlogerie", "Kastell Immobilien", "Lindner Verlag",
    "Moselwein Kontor", "Nordkap Fisch", "Orchidée Hôtels", "Pfalz Keramik", "Quadrat Architekten", "Rheintal Mühlen",
    "Saar Stahl", "Taunus Optik", "Uckermark Holz", "Vogtland Musik", "Weser Reederei", "Xanten Archiv",
    "Ysenburg Porzellan",
)  # fmt: skip
HARBOUR = (
    "Ankerplatz Chandlery", "Bollwerk Security", "Cuxhaven Cold Store", "Deichgraf Surveyors", "Elbe Pilots",
    "Fährhaus Catering", "Gezeiten Instruments", "Hafenbahn Freight",
)  # fmt: skip
JAPAN = (
    "Aoba Foods", "Chiba Kogyo", "Fuji Denki Works", "Hakone Ryokan", "Izumi Textiles", "Kita Logistics",
    "Minato Trading", "Sakura Clinics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What one marketplace of the demo is made of."""

    code: str
    name: str
    currency: str
    zone: str
    country: str
    city: str
    merchant: str
    operator: str
    customers: tuple[str, ...]
    resellers: tuple[str, ...]
    people: tuple[str, ...]
    threshold: int
    is_v1: bool = False
    """Credit is carried from invoice to invoice, without memos."""


PLANS = (
    Plan(
        "nordlicht", "Nordlicht Cloud Market", "EUR", "Europe/Berlin", "DE", "Hamburg", "NCM",
        "Nordlicht Marktplatz GmbH", EUROPE, ("Baltic Resale", "Wolke Partner"),
        ("Mara Lindqvist", "Jonas Weber", "Felix Braun", "Sofia Keller", "Deniz Kaya", "Ruth Baltic", "Anna Berg",
         "Ben Vogt", "Clara Nuss", "Finn Fjord"), 60_000,
    ),
    Plan(
        "hikari", "Hikari Software Exchange", "JPY", "Asia/Tokyo", "JP", "Tokyo", "HSX", "Hikari Exchange KK", JAPAN,
        ("Sumida Partners",),
        ("Yuki Tanaka", "Ren Sato", "Hana Mori", "Sora Abe", "Kenji Ito", "Mei Sumida", "Aoi Aoba", "Riku Ono",
         "Emi Hara", "Kota Kita"), 90_000,
    ),
    Plan(
        "altona", "Altona Harbour Apps (V1)", "EUR", "Europe/Berlin", "DE", "Hamburg", "AHA",
        "Altona Harbour Apps GmbH", HARBOUR, ("Kaispeicher Resale",),
        ("Hauke Timm", "Inken Rolfs", "Jette Boysen", "Keno Harms", "Levke Sievers", "Momme Kaispeicher", "Nele Anker",
         "Onno Petersen", "Pia Deich", "Fenja Fährhaus"), 60_000, is_v1=True,
    ),
)  # fmt: skip


@dataclass(slots=True)
class Market:
    """A marketplace of the demo as rows."""

    plan: Plan
    marketplace: Marketplace
    merchant: MerchantOfRecord
    vendor: Company
    customers: list[Company]
    people: dict[str, User]


def make_market(plan: Plan, random: Random) -> Market:
    """Write one marketplace with its settings, reasons, companies and people."""
    marketplace = Marketplace.objects.create(
        code=plan.code,
        name=plan.name,
        currency=plan.currency,
        time_zone=plan.zone,
        languages=["en", "de", "fr"],
        pipeline=Marketplace.Pipeline.V1 if plan.is_v1 else Marketplace.Pipeline.V2,
    )
    MarketplaceSettings.objects.create(
        marketplace=marketplace,
        approval_threshold=plan.threshold,
        tax_by=TaxBy.DOCUMENT if plan.country == "JP" else TaxBy.LINE,
        apply_to_existing=False,  # So that customers find credit to apply.
    )
    add_default_reasons(marketplace=marketplace)

    def company(name: str, kind: str, **extra: object) -> Company:
        return Company.objects.create(
            marketplace=marketplace,
            name=name,
            kind=kind,
            street=f"{random.choice(('Harbour', 'Garden', 'Station', 'Mill'))} Street {random.randint(1, 90)}",
            postal_code=str(random.randint(10000, 99999)),
            city=plan.city,
            country=plan.country,
            tax_number=_tax_number(plan.country, random),
            billing_email=f"billing@{name.lower().split()[0].encode('ascii', 'ignore').decode()}.{DOMAIN}",
            **extra,
        )

    operator = company(plan.operator, Company.Kind.OPERATOR)
    merchant = MerchantOfRecord.objects.create(marketplace=marketplace, company=operator, code=plan.merchant)
    vendor = company(f"{plan.code.title()} Apps", Company.Kind.VENDOR)
    customers = _customers(plan, company)
    people = _people(plan, operator, vendor, customers)
    Grant.objects.create(marketplace=marketplace, role="reseller", permission="creditmemos.apply", granted=True)
    return Market(plan, marketplace, merchant, vendor, customers, people)


def _tax_number(country: str, random: Random) -> str:
    """A German VAT number has a check digit."""
    digits = str(random.randint(10**8, 10**9 - 1))
    return f"DE{digits[:8]}{mod_11_10.calc_check_digit(digits[:8])}" if country == "DE" else f"{country}{digits}"


def _customers(plan: Plan, company: Callable[..., Company]) -> list[Company]:
    """Customers: the first is a parent of the next two, a few belong to resellers, some bill user by user."""
    languages = ("", "de", "fr", "en")
    resellers = [company(name, Company.Kind.RESELLER) for name in plan.resellers]
    customers: list[Company] = []
    for place, name in enumerate(plan.customers):
        customers.append(
            company(
                name,
                Company.Kind.CUSTOMER,
                parent=customers[0] if place in (1, 2) else None,
                reseller=resellers[place // 6 % len(resellers)] if place % 6 == 5 else None,
                language=languages[place % 4],
                company_wide_billing=place % 7 != 3,
                payment_terms_days=30 if place % 5 == 0 else None,
            )
        )
    return [*customers, *resellers]


def _people(plan: Plan, operator: Company, vendor: Company, customers: list[Company]) -> dict[str, User]:
    reseller = next(company for company in customers if company.kind == Company.Kind.RESELLER)
    homes = (
        ("manager", operator), ("second", operator), ("finance", operator), ("support", operator),
        ("developer", vendor), ("reseller", reseller), ("company_admin", customers[0]),
        ("billing_admin", customers[0]), ("user", customers[3]), ("resellers_customer", customers[5]),
    )  # fmt: skip
    password = make_password(PASSWORD)
    people: dict[str, User] = {}
    for name, (role, home) in zip(plan.people, homes, strict=True):
        address = f"{name.split()[0].lower()}@{DOMAIN}"
        user = User.objects.create(email=address, password=password, proved_at=LONG_AGO)
        roles = [{"second": "manager", "resellers_customer": "company_admin"}.get(role, role)]
        Membership.objects.create(
            user=user, company=home, name=name, roles=roles, admitted_at=LONG_AGO, accepted_at=LONG_AGO
        )
        people[role] = user
    return people
