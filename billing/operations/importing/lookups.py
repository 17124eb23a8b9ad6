"""What the rows of one chunk name, looked up in a few statements; and each row as an event.

Rows are read by the million: what they name is kept as a few values of each, not as objects of the ORM.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from billing.domain import event_files
from billing.domain.event_values import Facts, checked
from billing.models import BillingEvent, EventImport, TriedEvent
from billing.operations.event_payers import Owed, owed_of, sources_named
from billing.operations.limiting import Allowance, credit_of
from billing.operations.recording import EventRow, event_row
from companies.domain.addresses import canonical
from companies.domain.refusals import OwnCompany
from companies.models import Company, Marketplace, Membership
from companies.queries.people import own_companies_of
from core.actors import Actor
from core.csvfile import Record
from core.csvnumbers import day, number, signed_amount
from core.errors import InvalidInput
from core.idempotency import fingerprint
from core.in_array import among
from ledger.models import BalanceAccount
from subscriptions.models import Product, SubscriptionTerms
from subscriptions.queries.terms import in_force

COLUMN_OF = {"billed_user": "user", "source_key": "corrects"}
"""What a fact's column is called where it is not called like the fact."""
_SOLD = ("uuid", "id", "company_id", "product_id", "account_id", "account__payer_id", "started_on", "cancelled_on")
NO_ACCOUNT = 0
"""Of a dry run, which opens no balance account."""
_EMPTY = dict.fromkeys(event_files.COLUMNS, "")


class Refused(Exception):
    """A row that is not taken, and why."""


class ImportRow(NamedTuple):
    """The texts of one record by column, empty where the column is missing; and what is wrong with its bytes."""

    texts: Mapping[str, str]
    problem: str

    @classmethod
    def of(cls, record: Record, columns: Sequence[str]) -> "ImportRow":
        """A record under the file's header."""
        fields = record.fields
        texts = _EMPTY | dict(zip(columns, [field.strip() for field in fields], strict=False))
        return cls(texts, record.problem_under(columns))


class Found(NamedTuple):
    """An event that a row adds, and for whom: its company and payer, the credit that counts, whether it asks."""

    event: EventRow
    company: int
    payer: int
    credit: int | None
    asks: bool


class Thing(NamedTuple):
    """A product, a person, or a company and its payer."""

    pk: int
    payer: int = 0


class Terms(NamedTuple):
    """From when on a plan holds, and how it prices usage ("": not at all)."""

    day: date
    position: int
    usage_model: str


class Sold(NamedTuple):
    """A subscription."""

    pk: int
    company: Thing
    product: Thing
    owed: Owed
    started_on: date
    cancelled_on: date | None
    terms: list[Terms]


def _uuids(texts: Iterable[str]) -> dict[str, UUID]:
    found = {}
    for text in texts:
        try:
            found[text] = UUID(text)
        except ValueError:
            continue
    return found


class Known:
    """The companies, subscriptions, people and products that a chunk names, and the keys that are there already."""

    def __init__(self, event_import: EventImport, rows: Sequence[ImportRow], *, actor: Actor, now: datetime) -> None:
        marketplace_id = event_import.marketplace_id
        self._marketplace = Marketplace.objects.get(pk=marketplace_id)
        self._import, self._actor, self._now = event_import, actor, now
        self._circle = own_companies_of(actor.user_id)
        self._barred = self._circle.own | own_companies_of(event_import.sent_by_id).own
        self._tried = TriedEvent.objects.filter(event_import=event_import)
        self._allowance = Allowance(self._marketplace, actor, now, tried=self._tried)
        self._rows = [row.texts for row in rows]
        self._companies = self._by_uuid_or_name("company", Company, "reseller_id")
        self._products = self._by_uuid_or_name("product", Product)
        self._subscriptions = self._find_subscriptions()
        self._find_people()
        keys = BillingEvent.objects.filter(among("key", self._named("key")), marketplace_id=marketplace_id)
        self._hashes: dict[str, str] = dict(keys.values_list("key", "body_hash"))
        self._sources = sources_named(marketplace_id, self._named("corrects"))
        self._add_tried()
        self._accounts = self._find_accounts()

    def _named(self, column: str) -> set[str]:
        return {texts[column] for texts in self._rows if texts[column]}

    def _by_uuid_or_name(self, column: str, model: type[Company] | type[Product], *more: str) -> dict[str, Thing]:
        """By the text that names each; a name that several have names none."""
        texts = self._named(column)
        uuids = _uuids(texts)
        inside = model.objects.filter(marketplace=self._marketplace).order_by()
        rows = inside.filter(among("uuid", uuids.values())).values_list("uuid", "pk", *more)
        by_uuid = {uuid: Thing(pk, *[other or pk for other in rest]) for uuid, pk, *rest in rows}
        found = {text: by_uuid[uuid] for text, uuid in uuids.items() if uuid in by_uuid}
        names: dict[str, list[Thing]] = defaultdict(list)
        for name, pk, *rest in inside.filter(among("name", texts - uuids.keys())).values_list("name", "pk", *more):
            names[name].append(Thing(pk, *[other or pk for other in rest]))
        return found | {name: things[0] for name, things in names.items() if len(things) == 1}

    def _find_subscriptions(self) -> dict[str, Sold]:
        uuids = _uuids(self._named("subscription"))
        rows = SubscriptionTerms.objects.filter(
            among("subscription__uuid", uuids.values()), subscription__marketplace=self._marketplace
        )
        by_uuid: dict[UUID, Sold] = {}
        for uuid, pk, company, product, account, payer, begun, ended, *terms in rows.order_by("position").values_list(
            *(f"subscription__{name}" for name in _SOLD), "day", "position", "plan__usage_model"
        ):
            if uuid not in by_uuid:
                by_uuid[uuid] = Sold(pk, Thing(company), Thing(product), Owed(account, payer), begun, ended, [])
            by_uuid[uuid].terms.append(Terms(*terms))
        return {text: by_uuid[uuid] for text, uuid in uuids.items() if uuid in by_uuid}

    def _find_people(self) -> None:
        """The people by their addresses, and who belongs to which company."""
        emails = {canonical(text) for text in self._named("user")}
        inside = Membership.objects.filter(company__marketplace=self._marketplace, user__email__in=emails)
        people = list(inside.values_list("user__email", "user_id", "company_id")) if emails else []
        self._users = {email: Thing(user) for email, user, _company in people}
        self._members = {(user, company) for _email, user, company in people}

    def _add_tried(self) -> None:
        """What rows above would have added in a dry run, as if they had."""
        if not self._import.is_trial:
            return
        self._hashes |= dict(self._tried.filter(among("key", self._named("key"))).values_list("key", "body_hash"))
        named = self._tried.filter(among("key", self._named("corrects"))).values_list("key", "payer_id", "company_id")
        for key, payer, company in named:
            self._sources.setdefault(key, Owed(NO_ACCOUNT, payer, company))

    def _find_accounts(self) -> dict[int, int]:
        """The operator's balance accounts of the companies' payers, by company, as far as they are there."""
        payers = {company.pk: company.payer for company in self._companies.values()}
        inside = BalanceAccount.objects.filter(
            among("payer_id", set(payers.values())),
            merchant__company__kind=Company.Kind.OPERATOR,
            merchant__marketplace=self._marketplace,
            currency=self._marketplace.currency,
        )
        accounts = dict(inside.values_list("payer_id", "pk"))
        return {company: accounts[payer] for company, payer in payers.items() if payer in accounts}

    def event(self, row: ImportRow) -> Found | None:
        """The row's event as it is written; None for a repeat. Raises Refused."""
        if row.problem:
            raise Refused(row.problem)
        try:
            told = self._facts(row.texts)
            facts = checked(
                told,
                today=self._marketplace.today,
                is_member=lambda: (told.billed_user.pk, told.company.pk) in self._members,
                usage_model=lambda: self._usage_model(told),
            )
        except InvalidInput as error:
            field = error.field or ""
            raise Refused(f"{COLUMN_OF.get(field, field)}: {error.message}") from None
        body_hash = fingerprint(facts.body())
        known = self._hashes.get(facts.key)
        if known == body_hash:
            return None
        if known is not None:
            raise Refused(_("key: Another event already has this key."))
        owed = self._owed(facts)
        credit = credit_of(facts, owed, exponent=self._marketplace.exponent)
        asks = self._asks(facts, owed, credit)
        self._hashes[facts.key] = body_hash
        self._sources.setdefault(facts.key, Owed(owed.account, owed.payer, facts.company.pk))
        event = event_row(
            facts, self._marketplace.pk, owed.account, body_hash, origin=BillingEvent.Origin.CSV, actor=self._actor,
            now=self._now, asks=asks, credit=credit, import_id=self._import.pk,
        )  # fmt: skip
        return Found(event, facts.company.pk, owed.payer, event.credit, asks)

    def _facts(self, texts: Mapping[str, str]) -> Facts:
        sign = self._import.decimal
        subscription: Sold | None = _found("subscription", texts, self._subscriptions)
        company: Thing | None = _found("company", texts, self._companies)
        product: Thing | None = _found("product", texts, self._products)
        if subscription is not None:
            if company is not None and company.pk != subscription.company.pk:
                raise InvalidInput(_("This subscription is another company's."), field="subscription")
            company, product = subscription.company, product or subscription.product
        user = self._users.get(canonical(texts["user"])) if texts["user"] else None
        if texts["user"] and user is None:
            raise InvalidInput(_("Nobody here has this e-mail address."), field="user")
        return Facts(
            kind=texts["kind"].lower(),
            key=texts["key"],
            company=company,
            day=day(texts["day"], field="day"),
            at=event_files.moment(texts["at"]),
            subscription=subscription,
            billed_user=user,
            quantity=number(texts["quantity"], sign, field="quantity"),
            amount=signed_amount(texts["amount"], sign, currency=self._marketplace.currency, field="amount"),
            price=number(texts["price"], sign, field="price"),
            product=product,
            description=texts["description"],
            source_key=texts["corrects"],
        )

    def _usage_model(self, facts: Facts) -> str:
        subscription: Sold = facts.subscription
        day = facts.day or (self._marketplace.today(facts.at) if facts.at else date.min)
        return in_force(subscription.terms, day).usage_model

    def _asks(self, facts: Facts, owed: Owed, credit: int | None) -> bool:
        """Whether it waits for a second person; nobody adds by a file to a company of their own (I18)."""
        concerned = owed.companies(facts.company.pk)
        if concerned & self._barred:
            raise Refused(f"company: {OwnCompany.text}")
        return bool(concerned & self._circle.operators) or not self._allowance.takes(owed.payer, credit)

    def _owed(self, facts: Facts) -> Owed:
        """Whose debt or credit it is; an account that is not there yet is opened once."""
        if facts.source_key in self._sources:
            return self._sources[facts.source_key]
        if facts.subscription is not None:
            found: Owed = facts.subscription.owed
            return found
        pk: int = facts.company.pk
        if self._import.is_trial:
            return Owed(self._accounts.get(pk, NO_ACCOUNT), facts.company.payer)
        if pk not in self._accounts:
            self._accounts[pk] = owed_of(Facts(kind="", key="", company=Company.objects.get(pk=pk)), {}).account
        return Owed(self._accounts[pk], facts.company.payer)


def _found(column: str, texts: Mapping[str, str], known: Mapping[str, Any]) -> Any:
    text = texts[column]
    if not text:
        return None
    thing = known.get(text)
    if thing is None:
        raise InvalidInput(
            _("%(text)s is not known here, or not by one name alone.") % {"text": text[:100]}, field=column
        )
    return thing
