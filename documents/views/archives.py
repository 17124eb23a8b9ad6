"""The PDFs of many documents as one ZIP: at once when they are few, by work in the background when they are many."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies.members import Member
from documents.archives import zipping
from documents.archives.collecting import CHUNK, entries
from documents.archives.zipping import Entry, Failure
from documents.domain import kinds
from documents.domain.kinds import DocumentKind
from documents.models import DocumentArchive
from documents.operations import archives
from web.access import MemberView, ids_or_404, is_partial, require
from web.lists import ListPage
from web.views import DetailPage, FormPage

AT_ONCE = CHUNK
"""Documents whose ZIP is sent without making anybody wait for work in the background."""
MOST = 10_000
"""Documents of one archive."""
SHOWN = 20
"""The latest archives of a person that are listed."""


def kind_or_404(name: str) -> DocumentKind:
    """The kind with this name, if its documents can be chosen from a list."""
    if name not in kinds.names() or not kinds.kind_called(name).list_page:
        raise Http404
    return kinds.kind_called(name)


def listing_of(kind: DocumentKind) -> type[ListPage]:
    """The page at the address of the kind's list."""
    page: type[ListPage] = resolve(reverse(kind.list_page)).func.view_class  # type: ignore[attr-defined]
    return page


class ChoosePdfs(FormPage):
    """Where a list sends what was selected (``pk``), or the filters (``query``) whose documents are all meant."""

    permission: str = "documents.download"
    title = gettext_lazy("Download PDFs")
    button = gettext_lazy("Prepare download")
    facts_template = "documents/_chosen.html"
    back_label = gettext_lazy("The list")
    kind: DocumentKind
    ids: list[int]
    unreadable = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Know the kind, and who may not have PDFs, before anything is looked for."""
        self.ids = []
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *_args: Any, kind: str, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Nothing is selected in an address."""
        self.kind = kind_or_404(kind)
        return redirect(self.back_url())

    def post(self, request: HttpRequest, *args: Any, kind: str, **kwargs: Any) -> HttpResponse:
        """Few go on to their ZIP; for many the first POST says how many they are, the second one asks for them."""
        self.kind = kind_or_404(kind)
        self.ids = self._matching() if "query" in request.POST else self._selected()
        if not self.ids or len(self.ids) > MOST:
            messages.warning(request, self._refusal())
            return redirect(self.back_url())
        if len(self.ids) <= AT_ONCE:
            ids = ",".join(map(str, self.ids))
            return redirect(f"{reverse('documents:zip', args=[kind])}?ids={ids}")
        if "token" not in request.POST:
            return self.show(self.form_class())
        return super().post(request, *args, **kwargs)

    def _refusal(self) -> str:
        if self.unreadable:
            return self.unreadable
        if not self.ids:
            return _("None of them has a PDF. Select issued documents first.")
        return _("These are more than %(n)s documents. Narrow the filters.") % {"n": MOST}

    def _selected(self) -> list[int]:
        ids = ids_or_404(self.request.POST.getlist("pk"), most=AT_ONCE)
        seen = listing_of(self.kind).asked(self.request, "").queryset().filter(pk__in=ids)
        unprinted = set(seen.exclude(pk__in=self.kind.printed(seen).values("pk")).values_list("pk", flat=True))
        return visible_or_404(self.kind, [str(pk) for pk in ids if pk not in unprinted], self.member)

    def _matching(self) -> list[int]:
        listing = listing_of(self.kind)
        require(self.request, listing.permission)
        asked = listing.asked(self.request, self.request.POST["query"])
        self.unreadable = asked.unreadable()
        rows = self.kind.printed(asked.matching().filter(number__isnull=False))
        return list(rows.values_list("pk", flat=True)[: MOST + 1])

    def perform(self, _form: Any) -> DocumentArchive:
        """Ask for them."""
        return archives.request(member=self.member, kind=self.kind.name, document_ids=self.ids, now=self.now)

    def success_url(self, result: DocumentArchive) -> str:
        """Its progress."""
        return reverse("documents:archive", args=[result.pk])

    def heading(self) -> str:
        """How many."""
        return ngettext("Download %(n)s PDF", "Download %(n)s PDFs", len(self.ids)) % {"n": len(self.ids)}

    def consequence(self) -> str:
        """What happens, and for how long."""
        return _(
            "They are prepared in the background as one ZIP file, which only you can download, and kept for a week."
        )

    def back_url(self) -> str:
        """The list, as it was filtered."""
        query = self.request.POST.get("query", "")
        return f"{reverse(self.kind.list_page)}{'?' if query else ''}{query}"

    def context(self) -> dict[str, Any]:
        """What the second POST sends again."""
        post = self.request.POST
        return {"chosen": post.getlist("pk"), "query": post.get("query"), "is_whole": "query" in post}


class Zip(MemberView):
    """The originals of up to a hundred documents as one ZIP; those that nobody has wanted yet are made on the way."""

    permission: str = "documents.download"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The ZIP, while it is put together."""
        found = kind_or_404(kind)
        ids = visible_or_404(found, request.GET.get("ids", "").split(","), self.member)
        if not ids:
            raise Http404
        return zip_response(found, entries(found, ids, self.member))


class Archives(MemberView):
    """What the member has asked for in the last days."""

    permission: str = "documents.download"
    http_method_names = ["get", "head"]
    title = gettext_lazy("Downloads")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The latest first."""
        rows = own_archives(self.member).defer("document_ids", "failures").order_by("-created_at", "-pk")[:SHOWN]
        found = [(archive, kinds.kind_called(archive.kind).label) for archive in rows]
        return render(request, "documents/archives.html", {"title": self.title, "archives": found})


class OneArchive(DetailPage):
    """What the pages of one archive share: it is for the person who asked, in the company they asked in."""

    permission: str = "documents.download"
    http_method_names = ["get", "head"]
    object_name = "archive"

    def queryset(self) -> QuerySet[DocumentArchive]:
        """The member's own, until they expire."""
        return own_archives(self.member)


class ArchivePage(OneArchive):
    """How far the archive is, with the ZIP when it is ready; it asks for its progress again while it is made."""

    template_name = "documents/archive.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole page, or its progress alone."""
        if is_partial(request, "progress"):
            return render(request, "documents/_archive.html", {"archive": self.object, **self.context()})
        return super().get(request, *args, **kwargs)

    def context(self) -> dict[str, Any]:
        """What it holds, how long it still takes, and why some have no PDF."""
        archive: DocumentArchive = self.object
        kind = kinds.kind_called(archive.kind)
        failures = archive.failures[:SHOWN]
        return {
            "title": heading(archive),
            "kind": kind,
            "seconds_left": seconds_left(archive, timezone.now()),
            "failures": [(reverse(kind.page, args=[pk]), pk, reason) for pk, reason in failures],
        }


class ArchiveFile(OneArchive):
    """The ZIP of an archive that is ready, of those documents that the member may still see."""

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """The ZIP, put together from the stored PDFs while it is sent."""
        archive: DocumentArchive = self.object
        if not archive.is_ready:
            raise Http404
        kind = kinds.kind_called(archive.kind)
        return zip_response(kind, entries(kind, archive.document_ids, self.member))  # type: ignore[return-value]


def own_archives(member: Member) -> QuerySet[DocumentArchive]:
    """What this person has asked for as this member, until it expires."""
    rows = DocumentArchive.objects.filter(marketplace=member.marketplace, company=member.company)
    return rows.filter(requested_by=member.user, expires_at__gt=timezone.now())


def heading(archive: DocumentArchive) -> str:
    """How many of what."""
    label = kinds.kind_called(archive.kind).label
    return _("%(n)s PDFs: %(kind)s") % {"n": archive.total, "kind": label}


def seconds_left(archive: DocumentArchive, now: datetime) -> int | None:
    """An estimate from what was done so far; None while nothing can be said."""
    if not archive.is_open or archive.began_at is None or not archive.done:
        return None
    return round((now - archive.began_at).total_seconds() / archive.done * archive.left)


def visible_or_404(kind: DocumentKind, texts: Sequence[str], member: Member) -> list[int]:
    """The ids in their order. One that the member may not have makes the whole selection Not found."""
    ids = ids_or_404(texts, most=AT_ONCE)
    if kind.visible_among(ids, member) != set(ids):
        raise Http404
    return ids


def zip_response(kind: DocumentKind, found: Iterator[Entry | Failure]) -> StreamingHttpResponse:
    """A ZIP that is sent while it is written."""
    name = f"{slugify(str(kind.label)) or kind.name}-{timezone.localdate()}.zip"
    return StreamingHttpResponse(
        zipping.stream(found),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Accel-Buffering": "no",
        },
    )
