"""One box for everything: document numbers, companies, people; only what the member may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.models import Company, Membership, MerchantOfRecord
from core.search_keys import key_holds
from creditmemos.queries.finding import numbered_so, whole_number
from documents.domain.kinds import numbered
from invoices.kinds import BillingKind
from web.access import MemberView
from web.links import changed_query
from web.lookups import MOST_LETTERS, TOO_LONG

MOST = 8
"""Results shown of each kind."""
LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: its words, where it leads, what stands beside it, and its badge as (kind, state)."""

    text: str
    url: str
    note: str = ""
    badge: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Group:
    """The results of one kind; ``more`` is the list that holds the rest, when there is more."""

    label: str
    hits: list[Hit] = field(default_factory=list)
    more: str = ""


class Search(MemberView):
    """Results in groups; a whole number that only one document has goes straight to it."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Look everywhere that the member may look."""
        text = request.GET.get("q", "").strip()
        usable = LEAST_LETTERS <= len(text) <= MOST_LETTERS and "\0" not in text
        if usable and (url := self._only_document(text)):
            return redirect(url)
        groups = self._groups(text) if usable else []
        context = {
            "title": _("Search"),
            "q": text.replace("\0", "")[:MOST_LETTERS],
            "groups": [group for group in groups if group.hits],
            "is_short": not usable,
            "too_long": TOO_LONG % {"most": MOST_LETTERS} if len(text) > MOST_LETTERS else "",
        }
        return render(request, "office/search.html", context)

    # --- documents ---------------------------------------------------------------------------------------------------

    def _kinds(self) -> list[BillingKind]:
        """The kinds of documents that the member may find by number; what credits stands before what is credited."""
        billing = [kind for kind in numbered() if isinstance(kind, BillingKind)]
        return [kind for kind in reversed(billing) if self.member.may(kind.permission)]

    def _only_document(self, text: str) -> str:
        """The page of the one document with exactly this number; empty when there is none, or several."""
        if not any(letter.isdigit() for letter in text):
            return ""
        merchants = MerchantOfRecord.objects.filter(marketplace_id=self.member.marketplace.pk).values_list("pk")
        sellers = [pk for (pk,) in merchants]
        urls = []
        for kind in self._kinds():
            rows = kind.documents().visible_to(self.member).filter(whole_number(text), merchant_id__in=sellers)
            urls += [reverse(kind.page, args=[pk]) for pk in rows.values_list("pk", flat=True)[:2]]
        return urls[0] if len(urls) == 1 else ""

    def _numbered(self, text: str) -> list[Group]:
        found = []
        for kind in self._kinds():
            matching = kind.documents().visible_to(self.member).filter(numbered_so(text))
            documents = list(matching.order_by("-pk")[: MOST + 1])
            hits = [
                Hit(document.number or "", reverse(kind.page, args=[document.pk]), document.payer_name,
                    (kind.name, document.status))
                for document in documents[:MOST]
            ]  # fmt: skip
            found.append(Group(str(kind.plural), hits, self._more(kind.list_page, text, documents)))
        return found

    # --- companies and people ----------------------------------------------------------------------------------------

    def _companies(self, text: str) -> Group:
        rows = Company.objects.visible_to(self.member).filter(key_holds(text))
        found = list(rows.order_by("name", "pk")[: MOST + 1])
        hits = [
            Hit(row.name, reverse("companies:detail", args=[row.pk]), row.city, ("company", row.kind))
            for row in found[:MOST]
        ]
        return Group(_("Companies"), hits, self._more("companies:list", text, found))

    def _people(self, text: str) -> Group:
        inside = Membership.objects.active().filter(company__marketplace_id=self.member.marketplace.pk)
        named = key_holds(text, key="user__email") if "@" in text else key_holds(text)
        rows = inside.filter(named).select_related("user", "company")
        found = list(rows.order_by("name", "pk")[: MOST + 1])
        hits = [Hit(row.name, reverse("companies:person", args=[row.pk]), row.company.name) for row in found[:MOST]]
        return Group(_("People"), hits, self._more("companies:people", text, found))

    def _groups(self, text: str) -> list[Group]:
        """Numbers where the text could be one; names everywhere."""
        groups = self._numbered(text) if any(letter.isdigit() for letter in text) else []
        if self.member.may("companies.view"):
            groups.append(self._companies(text))
        if self.member.may("people.view"):
            groups.append(self._people(text))
        return groups

    def _more(self, url_name: str, text: str, found: Sequence[Model]) -> str:
        """The list with everything that matches, when not all is shown."""
        return f"{reverse(url_name)}{changed_query(QueryDict(), {'q': text})}" if len(found) > MOST else ""
