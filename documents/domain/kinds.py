"""The kinds of documents that can be printed, and what a document must tell to be printed.

An app on a higher floor registers its kind from ``AppConfig.ready``::

    from documents.domain.kinds import DocumentKind, register

    register(
        DocumentKind(
            name="credit_memo",                    # also the name of its templates
            label=_("Credit memo"),
            contents=printing.contents,            # (document ids) -> {id: Content}, from frozen data only
            visible_among=printing.visible_among,  # (document ids, member) -> {id}: whose PDFs the member may have
            page="creditmemos:detail",             # the name of its page's address
            id_key="memo_id",                      # where its events keep the document's id
            issued="creditmemo.issued",            # the event that asks for the original
            voided="creditmemo.voided",            # the event that asks for the void copy
            find=printing.find,                    # (number, member) -> id of the document, or None
            latest=printing.latest,                # (member) -> the numbers issued last, to choose from
        )
    )

Registering is all: the handlers that make the PDFs come with it. ``contents`` runs outside any transaction, in a number
of queries that does not grow with the ids, and leaves out what there is not.

A PDF is made at issue when somebody waits for it, and else when it is first wanted. Who waits says so once::

    wait_for("credit_memo", lambda marketplace_id: mails_it_out(marketplace_id))
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, Protocol, TypedDict

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from companies.members import Member


class Party(TypedDict):
    """A party as frozen at issue; absent parts are empty texts, ``country`` is an ISO 3166 code."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    tax_number: str


class Rate(TypedDict):
    """A tax of a line: ``rate`` is a decimal fraction as text, "0.19" for 19 %."""

    name: str
    rate: str


class Tax(TypedDict):
    """A tax of the document at one rate; amounts in minor units."""

    name: str
    rate: str
    base: int
    amount: int


class Line(TypedDict):
    """A printed line. Days are ISO dates or empty; quantity and unit price decimal texts; amounts in minor units."""

    description: str
    period_from: str
    period_to: str
    quantity: str
    unit_price: str
    discount: int
    net: int
    taxes: list[Rate]


class Source(TypedDict):
    """The invoice that a credit memo credits: its number and its ISO date."""

    number: str
    date: str


class CreditUsed(TypedDict):
    """Credit that an invoice received: the memo's number, the ISO day of the application, the amount in minor units."""

    number: str
    date: str
    amount: int


class Content(TypedDict):
    """Everything that a document prints and a mail about it needs. Amounts in minor units; days ISO dates or empty.

    ``number`` is empty and ``issued_at``, an ISO moment, too while it is not issued.
    ``languages`` are the wishes in order: the customer's, then the marketplace's. ``effective_date`` is empty when it
    is the issue date, ``voided_on`` unless the document is void. ``source`` is None when there is none.
    ``carried`` is a balance taken over from earlier invoices, ``due`` what is to be paid with it. ``credits`` were used
    on an invoice, ``credited`` and ``paid`` are what it received in all; nothing of them
    at issue. ``as_of`` is the day that these are true of.
    ``company_id`` is the payer and ``user_id`` the billed user, for the mails; ``merchant_code`` names the merchant
    inside the marketplace, for e-invoices.
    """

    marketplace_id: int
    company_id: int
    user_id: int | None
    languages: list[str]
    currency: str
    number: str
    issued_at: str
    issue_date: str
    effective_date: str
    due_date: str
    voided_on: str
    merchant: Party
    merchant_code: str
    payer: Party
    billed_user: str
    source: Source | None
    note: str
    lines: list[Line]
    taxes: list[Tax]
    net: int
    tax: int
    total: int
    carried: int
    due: int
    credits: NotRequired[list[CreditUsed]]
    credited: NotRequired[int]
    paid: NotRequired[int]
    as_of: NotRequired[str]


class Listing(Protocol):
    """The list page of a kind: who may see it, where it is, and what its filters leave for whoever asks."""

    permission: str
    url_name: str

    @classmethod
    def matching(cls, request: "HttpRequest", query: str) -> "QuerySet[Any]":
        """The documents that the filters in an address's query leave, in the order that it asks for."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document; see the module's text."""

    name: str
    label: str | Promise
    contents: Callable[[Sequence[int]], dict[int, Content]]
    visible_among: "Callable[[Sequence[int], Member], set[int]]"
    page: str
    id_key: str
    issued: str
    voided: str
    find: "Callable[[str, Member], int | None]"
    latest: "Callable[[Member], list[str]]"

    def content(self, document_id: int) -> Content:
        """What one document prints. Raises KeyError when there is none."""
        return self.contents([document_id])[document_id]

    def visible(self, document_id: int, member: "Member") -> bool:
        """Whether this member may have the document's PDFs."""
        return document_id in self.visible_among([document_id], member)


_kinds: dict[str, DocumentKind] = {}
_unified: dict[str, Callable[[int], Content]] = {}
_lists: dict[str, Listing] = {}
_waiting: dict[str, list[Callable[[int], bool]]] = defaultdict(list)
_listeners: list[Callable[[DocumentKind], None]] = []


def register(kind: DocumentKind) -> None:
    """Make a kind known; once per process."""
    if kind.name in _kinds:
        raise ValueError(f"two kinds of document are called {kind.name}")
    _kinds[kind.name] = kind
    for listener in _listeners:
        listener(kind)


def on_register(listener: Callable[[DocumentKind], None]) -> None:
    """Hear of every kind, those that are registered already too."""
    _listeners.append(listener)
    for kind in _kinds.values():
        listener(kind)


def kind_called(name: str) -> DocumentKind:
    """The registered kind. Raises KeyError."""
    return _kinds[name]


def names() -> list[str]:
    """The names of all kinds."""
    return sorted(_kinds)


def unify(name: str, content: Callable[[int], Content]) -> None:
    """Let a kind be printed as of today, with the credits used since its issue; the app that knows them says so."""
    _unified[name] = content


def unified_content(name: str) -> Callable[[int], Content] | None:
    """What a document of this kind prints together with its credits; None when it is not printed so."""
    return _unified.get(name)


def listed_by(name: str, page: Listing) -> None:
    """Let documents of a kind be chosen from a list page; said where the page is."""
    _lists[name] = page


def list_of(name: str) -> Listing | None:
    """The list page of a kind."""
    return _lists.get(name)


def wait_for(name: str, is_waiting: Callable[[int], bool]) -> None:
    """Let ``is_waiting(marketplace_id)`` say whether somebody waits for the PDFs of a kind when they are issued."""
    _waiting[name].append(is_waiting)


def is_waited_for(name: str, marketplace_id: int) -> bool:
    """Whether anybody waits for the PDFs of a kind in a marketplace."""
    return any(is_waiting(marketplace_id) for is_waiting in _waiting[name])
