"""What a search finds, kind by kind; each kind is asked only for who may see its pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, Value
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import BillingEvent
from companies.members import Member
from core.search_keys import NONE
from creditmemos.queries.finding import Finding, whole_number
from documents.domain.kinds import numbered
from invoices.kinds import BillingKind
from payments.models import Payment
from payments.queries.finding import payments_matching
from subscriptions.models import Subscription
from subscriptions.queries.finding import as_uuid
from web.links import changed_query


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: its words, where it leads, what stands beside it, its badge as (kind, state), its day and amount."""

    text: str
    url: str
    note: str = ""
    badge: tuple[str, str] = ("", "")
    day: date | None = None
    amount: int | None = None
    currency: str = ""


@dataclass(slots=True)
class Group:
    """The results of one kind; ``more`` is the list that holds the rest, when there is more."""

    label: str
    hits: list[Hit] = field(default_factory=list)
    more: str = ""


class Groups:
    """The groups of one search; ``most`` is how many results of each kind are shown."""

    def __init__(self, text: str, member: Member, *, most: int) -> None:
        self.text, self.member, self.most = text, member, most
        self.finding = Finding(text, member)

    def found(self) -> list[Group]:
        """Those with results; documents first."""
        return [group for group in self._all() if group.hits]

    def _all(self) -> Iterator[Group]:
        yield from map(self._documents, self._kinds())
        if self.member.may("payments.view"):
            yield self._payments()
        if self.member.may("companies.view"):
            yield self._companies()
        if self.member.may("people.view"):
            yield self._people()
        if self.member.may("subscriptions.view"):
            yield self._subscriptions()
        if self.member.may("settings.view"):
            yield self._products()
        if self.member.may("billing.view") and len(self.finding.words) == 1:
            yield self._events()

    # --- documents ---------------------------------------------------------------------------------------------------

    def _kinds(self) -> list[BillingKind]:
        """The kinds of documents that the member may find; what credits stands before what is credited."""
        billing = [kind for kind in numbered() if isinstance(kind, BillingKind)]
        return [kind for kind in reversed(billing) if self.member.may(kind.permission)]

    def only_document(self) -> str:
        """The page of the one document with exactly this number; empty when there is none, or several."""
        if not any(letter.isdigit() for letter in self.text) or len(self.finding.words) != 1:
            return ""
        asked = [
            kind.documents().visible_to(self.member).filter(whole_number(self.text)).values_list(Value(kind.page), "pk")
            for kind in self._kinds()
        ]
        found = list(asked[0].union(*asked[1:], all=True)[:2]) if asked else []
        return reverse(found[0][0], args=[found[0][1]]) if len(found) == 1 else ""

    def _documents(self, kind: BillingKind) -> Group:
        rows = kind.documents().visible_to(self.member)
        found = list(self.finding.documents(rows).order_by("-document_date", "-pk").defer("frozen")[: self.most + 1])
        return Group(str(kind.plural), [self._of_document(kind, row) for row in found[: self.most]],
                     self._more(kind.list_page, found))  # fmt: skip

    def _of_document(self, kind: BillingKind, row: Any) -> Hit:
        """With its total, but for a developer, who sees the own lines alone."""
        return Hit(
            str(row), reverse(kind.page, args=[row.pk]), row.payer_name, (kind.name, row.status), row.document_date,
            None if self.member.is_developer else row.total, row.currency,
        )  # fmt: skip

    def _payments(self) -> Group:
        rows = payments_matching(Payment.objects.visible_to(self.member), self.text, member=self.member)
        found = list(rows.select_related("payer").order_by("-value_date", "-pk")[: self.most + 1])
        hits = [
            Hit(str(row), reverse("payments:detail", args=[row.pk]), row.payer.name, ("payment", row.status),
                row.value_date, row.amount or row.asked, row.currency)
            for row in found[: self.most]
        ]  # fmt: skip
        return Group(_("Payments"), hits, self._more("payments:list", found))

    # --- what they are about -----------------------------------------------------------------------------------------

    def _companies(self) -> Group:
        found = self.finding.companies.of_all(self.most + 1)
        hits = [
            Hit(row.name, reverse("companies:detail", args=[row.pk]), row.city, ("company", row.kind))
            for row in found[: self.most]
        ]
        return Group(_("Companies"), hits, self._more("companies:list", found))

    def _people(self) -> Group:
        found = self.finding.people.of_all(self.most + 1, only="counts")
        hits = [
            Hit(row.name, reverse("companies:person", args=[row.pk]), row.company.name) for row in found[: self.most]
        ]
        return Group(_("People"), hits, self._more("companies:people", found))

    def _subscriptions(self) -> Group:
        uuid = as_uuid(self.text)
        asked = Q(uuid=uuid) if uuid else self._subscribed()
        rows = Subscription.objects.visible_to(self.member).filter(asked).select_related("company", "product")
        found = list(rows.order_by("-started_on", "-pk")[: self.most + 1])
        hits = [
            Hit(row.product.name, reverse("subscriptions:detail", args=[row.pk]), row.company.name, day=row.started_on)
            for row in found[: self.most]
        ]
        return Group(_("Subscriptions"), hits, self._more("subscriptions:list", found))

    def _subscribed(self) -> Q:
        """Subscriptions of which each word is the company's or the product's."""
        asked = Q()
        for word in self.finding.words:
            companies, products = self.finding.companies.ids(word, "pk"), self.finding.products.ids(word, "pk")
            asked &= Q(company_id__in=companies) | Q(product_id__in=products)
        return asked if self.finding.words else NONE

    def _products(self) -> Group:
        found = self.finding.products.of_all(self.most + 1)
        hits = [Hit(row.name, reverse("subscriptions:product", args=[row.pk])) for row in found[: self.most]]
        return Group(_("Products"), hits, self._more("subscriptions:products", found))

    def _events(self) -> Group:
        """The event with this very key, which is how other systems name an order."""
        keys = {self.text, self.text.upper(), self.text.lower()}
        rows = BillingEvent.objects.filter(marketplace_id=self.member.marketplace.pk, key__in=keys)
        hits = [
            Hit(row.key, reverse("billing:event", args=[row.pk]), row.kind_text, ("event", row.status), row.day,
                row.amount, self.member.marketplace.currency)
            for row in rows.order_by("-pk")[: self.most]
        ]  # fmt: skip
        return Group(_("Billing events"), hits)

    def _more(self, url_name: str, found: Sequence[object]) -> str:
        """The list with everything that matches, when not all is shown."""
        return f"{reverse(url_name)}{changed_query(QueryDict(), {'q': self.text})}" if len(found) > self.most else ""
