"""A small world with people who have names: two marketplaces, their companies, one person per role."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from companies.members import Member
from companies.models import Company, Marketplace, Membership, MerchantOfRecord, User
from core.actors import Actor
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.planning import Allocation
from creditmemos.models import Application, CreditMemo, CreditReason
from invoices import operations as invoice_operations
from invoices.domain.charging import Charge, TaxRate
from invoices.models import Invoice
from ledger.models import BalanceAccount
from ledger.operations import account_for, merchant_and_payer
from tests.factories.companies import (
    CompanyFactory,
    MarketplaceFactory,
    MembershipFactory,
    MerchantFactory,
    SettingsFactory,
)

NOW = datetime(2026, 5, 18, 9, 30, tzinfo=UTC)
TODAY = date(2026, 5, 18)
VAT = TaxRate("VAT", Decimal("0.2"))
_keys = count(1)


def key() -> str:
    """A fresh idempotency key."""
    return f"key-{next(_keys)}"


@dataclass
class Market:
    """One marketplace with its operator, a customer, a second customer, a reseller with a client, and a vendor."""

    marketplace: Marketplace
    operator: Company
    merchant: MerchantOfRecord
    acme: Company
    birch: Company
    reseller: Company
    client: Company
    vendor: Company
    people: dict[str, Member] = field(default_factory=dict)

    def actor(self, role: str = "manager") -> Actor:
        """The actor of the person with this role."""
        return self.people[role].actor

    def user(self, role: str) -> User:
        """The person with this role."""
        return self.people[role].user

    def account(self, company: Company | None = None) -> BalanceAccount:
        """The balance account that pays for a company."""
        merchant, payer = merchant_and_payer(company or self.acme)
        return account_for(payer=payer, merchant=merchant)

    def reason(self, code: str = "goodwill", *, counts_as: str = "nothing") -> CreditReason:
        """A reason of this marketplace."""
        return CreditReason.objects.get_or_create(
            marketplace=self.marketplace, code=code, defaults={"labels": {"en": code.title()}, "counts_as": counts_as}
        )[0]


def make_market(code: str = "north", *, currency: str = "EUR") -> Market:
    """Build one marketplace; its people are called after their roles."""
    marketplace = MarketplaceFactory.create(code=code, name=f"{code.title()} Market", currency=currency)
    SettingsFactory.create(marketplace=marketplace, payment_terms_days=14)

    def company(name: str, kind: str = "customer", **extra: object) -> Company:
        made: Company = CompanyFactory.create(marketplace=marketplace, name=f"{name} {code}", kind=kind, **extra)
        return made

    operator = company("Operator", "operator", tax_number="DE123456788")
    reseller = company("Reseller", "reseller")
    market = Market(
        marketplace=marketplace,
        operator=operator,
        merchant=MerchantFactory.create(company=operator, code=code[:6].upper()),
        acme=company("Acme"),
        birch=company("Birch"),
        reseller=reseller,
        client=company("Client", reseller=reseller),
        vendor=company("Vendor", "vendor"),
    )
    homes = {
        "manager": operator, "second_manager": operator, "finance": operator, "support": operator,
        "developer": market.vendor, "reseller": reseller,
        "company_admin": market.acme, "billing_admin": market.acme, "user": market.acme,
        "other_admin": market.birch, "client_admin": market.client,
    }  # fmt: skip
    roles = {"second_manager": "manager", "other_admin": "company_admin", "client_admin": "company_admin"}
    people = {
        person: MembershipFactory.build(
            company=home, roles=[roles.get(person, person)],
            user__name=f"{person.replace('_', ' ').title()} {code.title()}",
        )
        for person, home in homes.items()
    }  # fmt: skip
    User.objects.bulk_create([membership.user for membership in people.values()])
    Membership.objects.bulk_create(people.values())
    market.people |= {person: Member(membership) for person, membership in people.items()}
    return market


def charge(
    price: str = "100.00",
    *,
    quantity: str = "1",
    taxes: tuple[TaxRate, ...] = (VAT,),
    discount: int = 0,
    **extra: object,
) -> Charge:
    """One charge; the price is in major units, the discount in minor units."""
    return Charge(
        description=str(extra.pop("description", "Seats")),
        product_name=str(extra.pop("product_name", "Mail Suite")),
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        taxes=taxes,
        discount=discount,
        **extra,  # type: ignore[arg-type]
    )


def issue_invoice(
    market: Market, *charges: Charge, company: Company | None = None, now: datetime = NOW, **extra: object
) -> Invoice:
    """Issue an invoice through its operation; 120.00 with 20 % tax unless charges are given."""
    company = company or market.acme
    return invoice_operations.issue(
        account=market.account(company),
        beneficiary=company,
        charges=charges or (charge(),),
        actor=market.actor(),
        now=now,
        key=key(),
        **extra,  # type: ignore[arg-type]
    )


def issue_memo(
    market: Market,
    price: str = "50.00",
    *,
    company: Company | None = None,
    use: str = "hold",
    taxes: tuple[TaxRate, ...] = (),
    person: str = "manager",
    now: datetime = NOW,
    **extra: object,
) -> CreditMemo:
    """Issue an ad hoc memo through its operation; on hold unless told otherwise, so that nothing else uses it."""
    company = company or market.acme
    return operations.issue_ad_hoc(
        account=market.account(company),
        beneficiary=company,
        charges=(charge(price, taxes=taxes, description="Goodwill"),),
        details=Details(reason_id=market.reason().pk, use=use),
        actor=market.actor(person),
        now=now,
        key=key(),
        **extra,  # type: ignore[arg-type]
    )


def credit_invoice(
    market: Market, invoice: Invoice, net: int, *, use: str = "hold", person: str = "manager", now: datetime = NOW
) -> CreditMemo:
    """Credit ``net`` minor units of an invoice's first line through the operation."""
    line = invoice.lines.order_by("position")[0]
    return operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(line.pk, net=net)],
        details=Details(reason_id=market.reason().pk, use=use),
        actor=market.actor(person),
        now=now,
        key=key(),
    )


def apply(
    market: Market, memo: CreditMemo, invoice: Invoice, amount: int, *, person: str = "manager", now: datetime = NOW
) -> Application:
    """Apply credit by hand through the operation."""
    [application] = operations.apply(
        allocations=[Allocation(memo.pk, invoice.pk, amount)], actor=market.actor(person), now=now, key=key()
    )
    return application
