"""The kinds of documents that can be printed, and what a document must tell to be printed.

An app on a higher floor writes its kind as a class in ``<app>/kinds.py`` and registers it once, from
``AppConfig.ready``: ``documents.handlers.register(InvoiceKind())``. What follows a document (its PDFs when it is issued
or voided) comes with it. What is asked about a document asks its kind; nothing else tells kinds apart.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from companies.domain.bank_details import BankDetails
from core.errors import Refusal

if TYPE_CHECKING:
    from babel import Locale
    from django.db.models import QuerySet

    from companies.members import Member
    from companies.models import MarketplaceSettings
    from documents.templates.variables import Group, Variable


class NotNumbered(Refusal):
    """No series gives numbers to documents of this kind."""

    code = "kind_not_numbered"
    text = gettext_lazy("%(kind)s: documents of this kind get no number from a series.")


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
    """An invoice that a credit memo credits: its number and its ISO date."""

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
    is the issue date, ``voided_on`` unless the document is void. ``sources`` are the invoices that a memo credits.
    ``carried`` is a balance taken over from earlier invoices, ``due`` what is to be paid with it. ``credits`` were used
    on an invoice, ``credited`` and ``paid`` are what it received in all; nothing of them
    at issue. ``as_of`` is the day that these are true of. ``pay_to`` is where an invoice is paid to; absent where that
    was not known at issue.
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
    sources: list[Source]
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
    pay_to: NotRequired[BankDetails]


class DocumentKind(ABC):
    """One kind of document: what is known of it, and what it can be asked. A subclass for each, one object of it."""

    name: str
    """Where it is stored, in addresses and in templates."""
    label: str | Promise
    page: str
    """The name of its page's address."""
    list_page: str = ""
    """The name of its list's address, from which documents are chosen; empty when there is no list."""
    id_key: str
    """Where its events keep the document's id."""
    issued: str
    """The event that asks for the original."""
    voided: str
    """The event that asks for the void copy."""
    design_words: Mapping[str, Mapping[str, str]]
    """By language of the product's designs: its ``title``, what its ``total`` is called, and the ``closing`` words."""
    prefix_setting: str = ""
    """The setting of a marketplace that its numbers begin with; empty when it gets none from a series."""
    einvoice_type: str | None = None
    """Its type code in EN 16931 (BT-3); None when the standard has no such document."""
    has_unified: bool = False
    """Whether it is printed as of today too, with what was used on it since its issue."""
    variables: "tuple[Variable, ...]" = ()
    """What its templates can print of the document beside what all kinds have."""
    sum_variables: "tuple[Variable, ...]" = ()
    """The same, of its sums."""
    variable_groups: "tuple[Group, ...]" = ()
    """The same, groups of its own."""

    @abstractmethod
    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        """What documents print, by id, from frozen data only; leaves out what there is not.

        Runs outside any transaction, in a number of queries that does not grow with the ids.
        """

    @abstractmethod
    def visible_among(self, ids: Sequence[int], member: "Member") -> set[int]:
        """Those whose PDFs the member may have."""

    def printed(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of its rows that are printed at all."""
        return rows

    @abstractmethod
    def find(self, number: str, member: "Member") -> int | None:
        """The id of the issued document with this number that the member sees."""

    @abstractmethod
    def latest(self, member: "Member") -> list[str]:
        """The numbers issued last that the member sees, to choose from."""

    def documents(self) -> "QuerySet[Any]":
        """All of them, with ``merchant`` and ``number``; asked only of kinds that are numbered."""
        raise NotNumbered(kind=self.label)

    def series_sql(self) -> str:
        """SQL over its rows: the kind of series that gives the number of each."""
        return f"'{self.name}'"

    def prefix(self, settings: "MarketplaceSettings") -> str:
        """What its numbers begin with in a marketplace. Raises NotNumbered."""
        if not self.prefix_setting:
            raise NotNumbered(kind=self.label)
        return str(getattr(settings, self.prefix_setting))

    def content(self, document_id: int) -> Content:
        """What one document prints. Raises KeyError when there is none."""
        return self.contents([document_id])[document_id]

    def visible(self, document_id: int, member: "Member") -> bool:
        """Whether this member may have the document's PDFs."""
        return document_id in self.visible_among([document_id], member)

    @abstractmethod
    def is_void(self, document_id: int) -> bool:
        """Whether the document was voided, as things are now."""

    @abstractmethod
    def is_waited_for(self, marketplace_id: int) -> bool:
        """Whether somebody waits for the PDFs of a marketplace when they are issued; else each is made when wanted."""

    def unified(self, document_id: int) -> Content:
        """What one document prints as of today; where nothing is added to it, the same as at issue."""
        return self.content(document_id)

    def sample(self, content: Content) -> Content:
        """A document of invented people, completed with what only this kind has."""
        return content

    def unified_sample(self, content: Content) -> Content:
        """The same as of a later day."""
        return content

    @abstractmethod
    def texts(self, content: Content, locale: "Locale") -> dict[str, Any]:
        """What its templates see beside what all kinds have: the values of ``variables`` and their like."""


_kinds: dict[str, DocumentKind] = {}


def add(kind: DocumentKind) -> None:
    """Make a kind known; once per process, by ``documents.handlers.register``."""
    if kind.name in _kinds:
        raise ValueError(f"two kinds of document are called {kind.name}")
    _kinds[kind.name] = kind


def kind_called(name: str) -> DocumentKind:
    """The registered kind. Raises KeyError."""
    return _kinds[name]


def names() -> list[str]:
    """The names of all kinds."""
    return sorted(_kinds)


def numbered() -> list[DocumentKind]:
    """The kinds that get numbers from series, in the order in which they were registered."""
    return [kind for kind in _kinds.values() if kind.prefix_setting]
