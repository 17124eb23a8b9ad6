"""What the rows of one chunk name, looked up in a few statements; and each row as an event."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from billing import csvfile
from billing.csvfile import Record
from billing.ingest import Facts, checked
from billing.models import BillingEvent
from billing.operations.recording import account_of, event_row, source_accounts
from companies.models import Company, Marketplace, User
from core.actors import Actor
from core.errors import InvalidInput
from core.idempotency import fingerprint
from ledger.models import BalanceAccount
from subscriptions.models import Product, Subscription, SubscriptionTerms
from subscriptions.queries.terms import standing


class Refused(Exception):
    """A row that is not taken, and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of one record by column; empty where the column is missing."""

    texts: dict[str, str]
    is_uneven: bool

    @classmethod
    def of(cls, record: Record, columns: Sequence[str]) -> "Row":
        """A record under the file's header."""
        texts = dict.fromkeys(csvfile.COLUMNS, "")
        texts |= {name: text.strip() for name, text in zip(columns, record.fields, strict=False)}
        return cls(texts, len(record.fields) != len(columns))

    def __getitem__(self, name: str) -> str:
        return self.texts[name]


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

    def __init__(self, marketplace_id: int, rows: Sequence[Row]) -> None:
        self._marketplace = Marketplace.objects.get(pk=marketplace_id)
        named = {name: {row[name] for row in rows if row[name]} for name in csvfile.COLUMNS}
        self._companies = self._by_uuid_or_name(Company, named["company"])
        self._products = self._by_uuid_or_name(Product, named["product"])
        self._subscriptions = self._find_subscriptions(named["subscription"])
        self._users = {
            user.email: user
            for user in User.objects.filter(
                email__in={text.lower() for text in named["user"]}, memberships__company__marketplace_id=marketplace_id
            )
        }
        keys = BillingEvent.objects.filter(marketplace_id=marketplace_id, key__in=named["key"])
        self._hashes: dict[str, str] = dict(keys.values_list("key", "body_hash"))
        self._sources = source_accounts(marketplace_id, list(named["corrects"]))
        self._accounts = self._find_accounts()

    def _find_accounts(self) -> dict[int, int]:
        """The operator's balance accounts of the companies' payers, by company, as far as they are there."""
        companies = [row for row in self._companies.values() if isinstance(row, Company)]
        payers = {row.pk: row.reseller_id or row.pk for row in companies}
        inside = BalanceAccount.objects.filter(
            merchant__company__kind=Company.Kind.OPERATOR,
            merchant__marketplace=self._marketplace,
            currency=self._marketplace.currency,
            payer_id__in=set(payers.values()),
        )
        accounts = dict(inside.values_list("payer_id", "pk"))
        return {company: accounts[payer] for company, payer in payers.items() if payer in accounts}

    def _by_uuid_or_name(self, model: type[Company] | type[Product], texts: set[str]) -> dict[str, Company | Product]:
        uuids = _uuids(texts)
        inside = model.objects.filter(marketplace=self._marketplace)
        by_uuid = {row.uuid: row for row in inside.filter(uuid__in=uuids.values())}
        found = {text: by_uuid[uuid] for text, uuid in uuids.items() if uuid in by_uuid}
        names: dict[str, list[Company | Product]] = defaultdict(list)
        for row in inside.filter(name__in=texts - uuids.keys()):
            names[row.name].append(row)
        return found | {name: rows[0] for name, rows in names.items() if len(rows) == 1}

    def _find_subscriptions(self, texts: set[str]) -> dict[str, Subscription]:
        uuids = _uuids(texts)
        rows = Subscription.objects.filter(marketplace=self._marketplace, uuid__in=uuids.values())
        by_uuid = {row.uuid: row for row in rows.select_related("company", "product")}
        self._terms: dict[int, list[SubscriptionTerms]] = defaultdict(list)
        terms = SubscriptionTerms.objects.filter(subscription__in=by_uuid.values()).select_related("plan")
        for each in terms.order_by("subscription", "position"):
            self._terms[each.subscription_id].append(each)
        return {text: by_uuid[uuid] for text, uuid in uuids.items() if uuid in by_uuid}

    def event(self, row: Row, *, problem: str, actor: Actor, now: datetime) -> tuple[object, ...] | None:
        """The row's event as it is written; None for a repeat. Raises Refused, also for a ``problem`` of its bytes."""
        if problem or row.is_uneven:
            raise Refused(problem or _("The row has not as many fields as the header."))
        try:
            facts = checked(self._facts(row), today=self._marketplace.today, usage_model=lambda: self._usage_model(row))
        except InvalidInput as error:
            raise Refused(f"{error.field}: {error.message}") from None
        body_hash = fingerprint(facts.body())
        known = self._hashes.get(facts.key)
        if known == body_hash:
            return None
        if known is not None:
            raise Refused(_("key: Another event has this key already."))
        self._hashes[facts.key] = body_hash
        return event_row(
            facts, self._marketplace.pk, self._account(facts), body_hash, origin=BillingEvent.Origin.CSV, actor=actor,
            now=now,
        )  # fmt: skip

    def _facts(self, row: Row) -> Facts:
        subscription = self._named("subscription", row, self._subscriptions)
        company = self._named("company", row, self._companies)
        product = self._named("product", row, self._products)
        if isinstance(subscription, Subscription):
            if company is not None and company != subscription.company:
                raise InvalidInput(_("This subscription is another company's."), field="subscription")
            company, product = subscription.company, product or subscription.product
        user = self._users.get(row["user"].lower()) if row["user"] else None
        if row["user"] and user is None:
            raise InvalidInput(_("Nobody here has this e-mail address."), field="user")
        return Facts(
            kind=row["kind"].lower(),
            key=row["key"],
            company=company,
            day=csvfile.day(row["day"]),
            at=csvfile.moment(row["at"]),
            subscription=subscription,
            billed_user=user,
            quantity=csvfile.number(row["quantity"], "quantity"),
            amount=csvfile.signed_amount(row["amount"], self._marketplace.currency),
            price=csvfile.number(row["price"], "price"),
            product=product,
            description=row["description"][:200],
            source_key=row["corrects"],
        )

    def _named(self, column: str, row: Row, found: Mapping[str, object]) -> object | None:
        text = row[column]
        if text and text not in found:
            raise InvalidInput(
                _("%(text)s is not known here, or not by one name alone.") % {"text": text}, field=column
            )
        return found[text] if text else None

    def _usage_model(self, row: Row) -> str:
        subscription = self._subscriptions.get(row["subscription"])
        if subscription is None:
            return ""
        at = csvfile.moment(row["at"])
        day = csvfile.day(row["day"]) or (self._marketplace.today(at) if at else date.min)
        return standing(subscription, self._terms[subscription.pk], day).terms.plan.usage_model

    def _account(self, facts: Facts) -> int:
        """An account that is not there yet is opened once."""
        if facts.source_key in self._sources or facts.subscription is not None:
            return account_of(facts, self._sources)
        company = facts.company.pk
        if company not in self._accounts:
            self._accounts[company] = account_of(facts, {})
        return self._accounts[company]
