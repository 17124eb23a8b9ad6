"""The frame's own small pages: the start, the theme, and saved filters."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import work_status
from core.formats import amount_text, exact_text
from core.ids import MAX_ID
from core.models import SavedFilter
from core.money import EXPONENTS, AmountError
from core.typed import NotANumber, is_clear, read_signed_amount, read_signed_number
from office.navigation import first_page
from office.queries import onboarding
from office.views.work import FailedWork
from web.access import MemberView
from web.context import THEME_COOKIE, THEMES
from web.links import back_to
from web.lists.saved import saveable

YEAR = 365 * 24 * 3600
MOST_SAVED = 50


class Home(MemberView):
    """The start: what is left to set up while nothing was billed, else the first place that the member may open."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go there; whoever looks after failed jobs hears which part does not work."""
        if self.member.may(FailedWork.permission):
            for sentence in work_status.known_troubles():
                messages.warning(request, sentence)
        if self.member.may(onboarding.PERMISSION) and onboarding.is_empty(self.member.marketplace):
            steps = onboarding.steps_of(self.member.marketplace, now=timezone.now())
            next_step = next(step for step in steps if not step.is_done)
            context = {"title": _("Set up"), "steps": steps, "next_step": next_step}
            return render(request, "office/onboarding.html", context)
        url = first_page(self.member)
        return redirect(url) if url else render(request, "registration/no_membership.html", status=403)


class Theme(MemberView):
    """Light, dark, or as the system says; for browsers without JavaScript, which sets the same cookie itself."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the choice and go back."""
        response = redirect(back_to(request))
        chosen = request.POST.get("theme", "")
        if chosen in THEMES:
            response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
        else:
            response.delete_cookie(THEME_COOKIE, samesite="Lax")
        return response


class ReadAmount(MemberView):
    """What a text in an amount's box is read as, where it could mean two things; empty where it can't be mistaken."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """A few letters, for the script that follows the typing; ``currency`` is empty for a plain number."""
        text, currency = request.GET.get("text", ""), request.GET.get("currency", "")
        return HttpResponse(self._read(text, currency), content_type="text/plain; charset=utf-8")

    def _read(self, text: str, currency: str) -> str:
        if is_clear(text):
            return ""
        try:
            if currency in EXPONENTS:
                return f"= {amount_text(read_signed_amount(text, currency=currency), currency)}"
            return f"= {exact_text(read_signed_number(text))}"
        except (AmountError, NotANumber):
            return ""


def list_url(page: str) -> str:
    """The address of a list by its name; empty when there is no such list."""
    try:
        url = reverse(page)
        return url if hasattr(getattr(resolve(url).func, "view_class", None), "table_class") else ""
    except (NoReverseMatch, Resolver404):
        return ""


class SaveFilter(MemberView):
    """Keep a list's filters under a name; the same name again replaces them."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save, and show the list with them."""
        page = request.POST.get("page", "")[:60]
        url = list_url(page)
        if not url:
            raise Http404
        name = request.POST.get("name", "").strip()[:60]
        text = saveable(QueryDict(request.POST.get("querystring", "")))
        mine = SavedFilter.objects.filter(user=self.member.user, marketplace=self.member.marketplace, page=page)
        if not name or "\0" in name + text or not text:
            messages.error(request, _("Give the filters a name to save them."))
        elif mine.count() >= MOST_SAVED and not mine.filter(name=name).exists():
            messages.error(request, _("You have %(n)s saved filters here. Delete one first.") % {"n": MOST_SAVED})
        else:
            SavedFilter.objects.update_or_create(
                user=self.member.user,
                marketplace=self.member.marketplace,
                page=page,
                name=name,
                defaults={"querystring": text},
            )
            messages.success(request, _("Saved as %(name)s.") % {"name": name})
        return redirect(f"{url}?{text}" if text else url)


class SavedFilters(MemberView):
    """The member's saved filters, to open or delete."""

    title = gettext_lazy("Saved filters")

    def get(self, request: HttpRequest) -> HttpResponse:
        """All of this marketplace, by list and name."""
        mine = SavedFilter.objects.filter(user=self.member.user, marketplace=self.member.marketplace)
        shown: list[Any] = [(saved, list_url(saved.page)) for saved in mine.order_by("page", "name")]
        return render(request, "office/saved_filters.html", {"title": self.title, "saved_filters": shown})


class DeleteFilter(MemberView):
    """Delete one's own saved filter."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Someone else's is Not found."""
        mine = SavedFilter.objects.filter(user=self.member.user, marketplace=self.member.marketplace)
        if pk > MAX_ID or not mine.filter(pk=pk).delete()[0]:
            raise Http404
        messages.success(request, _("The saved filter is deleted."))
        return redirect("core:saved_filters")
