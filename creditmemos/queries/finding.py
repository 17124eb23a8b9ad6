"""What a search means for memos and invoices: a number, amounts, days, companies, people and products.

Words are resolved first, by a question for each kind of thing; what is asked of the documents are ids and columns that
have indexes, never a condition across tables.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from companies.domain.addresses import canonical
from companies.members import Member
from companies.models import Company, Membership
from core.asked import When, Word, words_of
from core.search_keys import NONE, folded, key_begins, key_holds
from subscriptions.models import Product

Row = TypeVar("Row", bound=Model)
FEW = 200
"""Up to so many matches go into the query as ids; more stay a sub-select, which the database walks better."""
SUMS = ("total", "amount_due", "balance")
"""The columns in which an amount is looked for, as far as a kind of document has them."""
COMPANY_KEYS = ("search_key", "details_key")


@dataclass
class Named:
    """The rows of one kind, out of those ``asked``, that words name: that hold a word in one of its ``keys``."""

    asked: QuerySet[Any]
    words: Sequence[Word]
    keys: Callable[[Word], tuple[str, ...]] = lambda _word: ("search_key",)
    _of_word: dict[Word, Any] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Any] | None:
        """All that any word names, by one question for all words; None where they are too many to be fetched."""
        if not self.words:
            return []
        found = list(self.asked.filter(reduce(or_, map(self._holding, self.words)))[: FEW + 1])
        return found if len(found) <= FEW else None

    def of(self, word: Word) -> list[Any]:
        """The rows that a word names, as far as they were fetched."""
        return [row for row in self.rows or [] if self._is_named(row, word)]

    def ids(self, word: Word, key: str) -> Any:
        """The ``key`` of each row that a word names, for an IN: ids, or a sub-select where they are many."""
        if self.rows is not None:
            return sorted({getattr(row, key) for row in self.of(word)})
        if word not in self._of_word:  # One word that names many must not hide the others' few: ids lead to an index.
            named = self.asked.filter(self._holding(word)).order_by()
            few = list(named.values_list(key, flat=True)[: FEW + 1])
            self._of_word[word] = sorted(set(few)) if len(few) <= FEW else named.values(key)
        return self._of_word[word]

    def of_all(self, most: int, *, only: str = "") -> list[Any]:
        """The first rows that every word names, of those alone whose column ``only`` is true, if one is given."""
        if self.rows is None:
            named = self.asked.filter(reduce(and_, map(self._holding, self.words)))
            return list((named.filter((only, True)) if only else named)[:most])
        rows = [row for row in self.rows if all(self._is_named(row, word) for word in self.words)]
        return [row for row in rows if not only or getattr(row, only)][:most]

    def _holding(self, word: Word) -> Q:
        return reduce(or_, [key_holds(_sought(word, key), key=key) for key in self.keys(word)])

    def _is_named(self, row: Any, word: Word) -> bool:
        return any(_sought(word, key) in getattr(row, key) for key in self.keys(word))


class Finding:
    """What a text means to one member; companies, people and products are asked for when they are needed first."""

    def __init__(self, text: str, member: Member) -> None:
        self.member = member
        self.words = words_of(text, currency=member.marketplace.currency)
        self.sees_companies = member.may("companies.view")

    # --- what is named -----------------------------------------------------------------------------------------------

    @cached_property
    def companies(self) -> Named:
        """Companies by name, and by address and numbers for who may read them.

        Whoever may not look companies up still reads the names on the documents that they see.
        """
        rows = Company.objects.filter(marketplace_id=self.member.marketplace.pk).order_by("name", "pk")
        if self.sees_companies:
            return Named(rows.visible_to(self.member), self.words, lambda _word: COMPANY_KEYS)
        return Named(rows, self.words)

    @cached_property
    def people(self) -> Named:
        """Memberships of the marketplace, by name or address; nobody for who may not look people up.

        Documents name ended ones too; ``counts`` says of each whether it gives rights.
        """
        rows = Membership.objects.filter(company__marketplace_id=self.member.marketplace.pk)
        rows = rows.with_counts() if self.sees_companies else rows.none()
        named = rows.select_related("user", "company").annotate(email=F("user__email")).order_by("name", "pk")
        return Named(named, self.words, lambda word: ("email",) if "@" in word.text else ("search_key",))

    @cached_property
    def products(self) -> Named:
        """Products of the marketplace; of a developer the own ones."""
        rows = Product.objects.filter(marketplace_id=self.member.marketplace.pk).order_by("name")
        if self.member.is_developer:
            rows = rows.filter(vendor_id=self.member.company.pk)
        return Named(rows, self.words)

    # --- documents ---------------------------------------------------------------------------------------------------

    def documents(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Narrow memos or invoices, which are ``visible_to`` the member, to those that every word is a fact of."""
        return rows.filter(reduce(and_, [self._fact(word, rows) for word in self.words])) if self.words else rows.none()

    def _fact(self, word: Word, rows: QuerySet[Any]) -> Q:
        """Documents of which the word is a fact, whichever it is."""
        facts = [
            _numbered(word),
            Q(payer_id__in=self.companies.ids(word, "pk")),
            Q(billed_user_id__in=self.people.ids(word, "user_id")),
            *(_on(when) for when in word.whens),
        ]
        if word.amount and not self.member.is_developer:  # What a whole document comes to, developers may not know.
            columns = {column.name for column in rows.model._meta.concrete_fields}
            facts += [Q((column, word.amount)) for column in SUMS if column in columns]
        if len(self.words) > 1:  # Lines have no index by product: they are looked at where another fact leads there.
            facts.append(self._of_products(word, rows))
        return reduce(or_, facts)

    def _of_products(self, word: Word, rows: QuerySet[Any]) -> Q:
        """Documents with a line of a product that the word names; a developer's own lines only."""
        uuids = [row.uuid for row in self.products.of(word)]
        if not uuids:
            return NONE
        lines: Any = rows.model._meta.get_field("lines")
        own = lines.related_model.objects.filter(product_uuid__in=uuids)
        if self.member.is_developer:
            own = own.filter(vendor_id=self.member.company.pk)
        return Q(Exists(own.filter(**{lines.remote_field.attname: OuterRef("pk")})))


def documents_matching(rows: QuerySet[Row], text: str, *, member: Member) -> QuerySet[Row]:
    """Narrow memos or invoices, which are ``visible_to`` the member, to what a search in their list means.

    A whole number counts alone.
    """
    text = text.strip()
    if not text:
        return rows
    if any(letter.isdigit() for letter in text):
        whole = list(rows.filter(whole_number(text)).order_by().values_list("pk", flat=True)[:FEW])
        if whole:
            return rows.filter(pk__in=whole)
    return Finding(text, member).documents(rows)


def whole_number(text: str) -> Q:
    """Documents with exactly this number."""
    return Q(search_key=folded(text)) if folded(text) else NONE


def _numbered(word: Word) -> Q:
    """By the beginning of the number, or by its counter alone."""
    return key_begins(word.text) | (NONE if word.counter is None else Q(sequence=word.counter))


def _on(when: When) -> Q:
    """Documents of a day; of a month or year where that is all that was said, in any year where none was."""
    if when.year and when.month:
        first = date(when.year, when.month, when.day or 1)
        last = first if when.day else first.replace(day=monthrange(when.year, when.month)[1])
        return Q(document_date__range=(first, last))
    said = {part: value for part, value in when._asdict().items() if value is not None}
    return Q(*((f"document_date__{part}", value) for part, value in said.items()))


def _sought(word: Word, key: str) -> str:
    """The word as that key is written."""
    return canonical(word.text) if key == "email" else word.key
