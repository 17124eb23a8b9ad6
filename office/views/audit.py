"""The audit log: who did what to which thing, when, why, and what it changed."""

from typing import Any

from babel import Locale
from django.db.models import Case, Q, QuerySet, TextField, When
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from companies.models import Company
from companies.queries.names import company_at
from companies.queries.people import people_seen_by
from core.labels import VERBS, verb_text
from core.models import AuditEntry, PersonAsOf
from core.search_keys import key_holds
from core.spelling import present, spellings
from core.things import Thing, all_things
from creditmemos.queries.evidence import about_credit_on
from creditmemos.queries.finding import whole_number
from documents.domain.kinds import names, numbered
from invoices.models import Invoice
from web.activity import changes
from web.filters import ListFilters, LookupFilter, MomentFilter, OneOfFilter, SearchFilter
from web.lists import ListPage
from web.tables import Column, LinkColumn, MomentColumn, Table, Writer


def thing_text(entry: Any) -> str:
    """What the row is about, in words: its number or its name."""
    kind = present(entry.kind)
    thing = all_things().get(kind)
    if thing is None:
        return ""
    if kind in names() and not entry.thing:
        return _("Draft %(id)s") % {"id": entry.object_id}
    return thing.text(entry.thing)


def thing_url(entry: Any) -> str:
    """The page of what the row is about; empty where there is none, or it is not for the member."""
    thing = all_things().get(present(entry.kind))
    if thing is None or not thing.page or not entry.may_open:
        return ""
    if not thing.by:
        return reverse(thing.page)
    pk = getattr(entry, thing.by)
    is_gone = thing.name is not None and not entry.thing and thing.kind not in names()
    return "" if pk is None or is_gone else reverse(thing.page, args=[pk])


class VerbColumn(Column):
    """What was done, in words."""

    def writer(self, _locale: Locale) -> Writer:
        """The words."""
        opening = self.opening
        return lambda record: f"{opening}{escape(verb_text(record.verb))}</td>"

    def exported(self, record: Any) -> object:
        """The words."""
        return verb_text(record.verb)


class ThingColumn(Column):
    """What the row is about, linked to its page."""

    def writer(self, _locale: Locale) -> Writer:
        """A link, the name alone where there is no page, or a dash."""
        opening, empty = self.opening, self.empty

        def write(record: Any) -> str:
            text, url = escape(thing_text(record)), thing_url(record)
            if not text:
                return empty
            return f'{opening}<a href="{url}">{text}</a></td>' if url else f"{opening}{text}</td>"

        return write

    def exported(self, record: Any) -> object:
        """Its number or name."""
        return thing_text(record)


class ChangesColumn(Column):
    """What the row says changed, a line for each field."""

    def writer(self, _locale: Locale) -> Writer:
        """The lines."""
        opening, empty = self.opening, self.empty

        def write(record: Any) -> str:
            lines = [escape(str(change)) for change in changes(record, record.marketplace.currency)]
            return f"{opening}{'<br>'.join(lines)}</td>" if lines else empty

        return write

    def exported(self, record: Any) -> object:
        """The same as one text."""
        return "; ".join(str(change) for change in changes(record, record.marketplace.currency))


class WhoColumn(Column):
    """Who did it, as they were called then, with their address."""

    def writer(self, _locale: Locale) -> Writer:
        """The name, and the address in a smaller way."""
        opening = self.opening

        def write(record: Any) -> str:
            address = f' <span class="muted">{escape(record.address)}</span>' if record.address else ""
            return f"{opening}{escape(record.who)}{address}</td>"

        return write

    def exported(self, record: Any) -> object:
        """The same as one text."""
        return f"{record.who} <{record.address}>" if record.address else record.who


class AuditTable(Table):
    """Audit rows, newest first."""

    at = MomentColumn(gettext_lazy("When"), order_by="at")
    who = WhoColumn(gettext_lazy("Who"))
    acting_company = Column(gettext_lazy("Acting for"), accessor="acting_for", spare=True)
    verb = VerbColumn(gettext_lazy("Action"), wraps=True)
    thing = ThingColumn(gettext_lazy("About"), accessor="object_id")
    company = LinkColumn(gettext_lazy("Company"), url_name="companies:detail", text="company_then", wide_only=True)
    changes = ChangesColumn(gettext_lazy("Change"), accessor="after", wide_only=True, wraps=True)
    note = Column(gettext_lazy("Reason"), wide_only=True, wraps=True)


class VerbFilter(OneOfFilter):
    """One verb, in any spelling that rows and kept addresses have."""

    def __init__(self) -> None:
        super().__init__("verb", gettext_lazy("Action"), list(VERBS.items()))

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Rows of the verb; no value narrows nothing."""
        return qs.filter(verb__in=spellings(value)) if value else qs


class AuditFilters(ListFilters):
    """Search by the number of a document or payment, or a person's name; narrow by person, verb, company and days."""

    q = SearchFilter(placeholder=gettext_lazy("Number or person"))
    who = LookupFilter(
        "actor_id",
        gettext_lazy("Who"),
        url_name="creditmemos:people_lookup",
        rows=lambda request: people_seen_by(request.member),
    )
    verb = VerbFilter()
    company = LookupFilter(
        "company_id",
        gettext_lazy("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    date_from = MomentFilter("at", gettext_lazy("From"), edge="from")
    date_to = MomentFilter("at", gettext_lazy("To"), edge="to")

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        """A kept address may name the verb as it was spelled then."""
        if verb := data.get("verb"):
            data = data.copy()
            data["verb"] = present(str(verb))
        super().__init__(data, queryset, request=request)

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Rows about what has this number, credit on a document too; else by people with the text in their name."""
        member, number = self.request.member, whole_number(text)
        found = Q()
        for kind in numbered():
            rows: Any = kind.documents()
            for document in rows.visible_to(member).filter(number)[:10]:
                found |= Q(kind__in=spellings(kind.name), object_id=document.pk)
                if isinstance(document, Invoice):
                    found |= about_credit_on(document)
        for thing in all_things().values():
            if thing.find and (ids := thing.find(text, member)):
                found |= Q(kind__in=spellings(thing.kind), object_id__in=list(ids))
        return queryset.filter(found or self._by(text))

    def _by(self, text: str) -> Q:
        """Rows of people whose name or address as of then holds the text; of what no person did, by its label."""
        people = PersonAsOf.objects.filter(key_holds(text), marketplace_id=self.request.member.marketplace.pk)
        return Q(person_id__in=people.values("pk")) | Q(person__isnull=True, actor_label__icontains=text)


class AuditLog(ListPage):
    """The marketplace's audit rows."""

    permission = "audit.view"
    export_permission = "audit.view"
    title = gettext_lazy("Audit log")
    counted = ngettext_lazy("%(shown)s entry", "%(shown)s entries", "n")
    none_match = gettext_lazy("No entries match")
    none_yet = gettext_lazy("No entries yet")
    table_class = AuditTable
    filters_class = AuditFilters
    default_sort = "-at"

    def queryset(self) -> QuerySet[AuditEntry]:
        """All of the member's marketplace."""
        return AuditEntry.objects.filter(marketplace_id=self.member.marketplace.pk)

    def rows(self, found: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """With what people and companies were called then, and of what a row is about its name and whether it opens."""
        known = all_things().values()
        called = [When(kind__in=spellings(each.kind), then=each.name) for each in known if each.name is not None]
        opened = [name for each in known if self._may_open(each) for name in spellings(each.kind)]
        return found.select_related("marketplace", "person").annotate(
            thing=Case(*called, output_field=TextField(null=True)),
            may_open=Case(When(kind__in=opened, then=True), default=False),
            company_then=company_at("company_id", "at"),
            acting_for=company_at("acting_company_id", "at"),
        )

    def _may_open(self, thing: Thing) -> bool:
        return not thing.permission or self.member.may(thing.permission)
