"""Rows of tenants, parties and people."""

from datetime import UTC, datetime

import factory

from companies.models import Company, Marketplace, MarketplaceSettings, Membership, MerchantOfRecord, User

LONG_AGO = datetime(2025, 1, 2, 8, 0, tzinfo=UTC)


class MarketplaceFactory(factory.django.DjangoModelFactory[Marketplace]):
    class Meta:
        model = Marketplace

    code = factory.Sequence(lambda n: f"market-{n}")
    name = factory.LazyAttribute(lambda o: o.code.title())
    currency = "EUR"
    time_zone = "Europe/Berlin"
    languages = ["en", "de", "fr"]


class SettingsFactory(factory.django.DjangoModelFactory[MarketplaceSettings]):
    class Meta:
        model = MarketplaceSettings

    marketplace = factory.SubFactory(MarketplaceFactory)


class CompanyFactory(factory.django.DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")
    street = "Long Street 1"
    postal_code = "10115"
    city = "Berlin"
    country = "DE"


class MerchantFactory(factory.django.DjangoModelFactory[MerchantOfRecord]):
    class Meta:
        model = MerchantOfRecord

    marketplace = factory.SelfAttribute("company.marketplace")
    code = factory.Sequence(lambda n: f"M{n}")


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A person who proved their address; ``name`` only makes it."""

    class Meta:
        model = User
        exclude = ("name",)

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda o: o.name.lower().replace(" ", ".") + "@example.com")
    password = factory.django.Password("correct horse")
    proved_at = LONG_AGO


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """A membership that was accepted; its name is what the address says unless one is given."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    name = factory.LazyAttribute(lambda o: o.user.email.partition("@")[0].replace(".", " ").title())
    roles = ["manager"]
    admitted_at = datetime(2020, 1, 1, tzinfo=UTC)
    accepted_at = LONG_AGO
