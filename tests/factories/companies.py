"""Rows of tenants, parties and people."""

from datetime import UTC, datetime

import factory

from companies.models import Company, Marketplace, MarketplaceSettings, Membership, MerchantOfRecord, User


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
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda o: o.name.lower().replace(" ", ".") + "@example.com")
    password = factory.django.Password("correct horse")


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    roles = ["manager"]
    admitted_at = datetime(2020, 1, 1, tzinfo=UTC)
