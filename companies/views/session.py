"""Signing in and out, and choosing for which company one acts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from companies.domain.addresses import canonical
from companies.domain.refusals import TooManyAttempts
from companies.members import Member
from companies.middleware import SESSION_KEY, member_of
from companies.models import Marketplace, Membership, User
from companies.operations.accounts import note_sign_in
from companies.operations.attempts import give_back, take_attempt
from companies.queries.demo import PASSWORD, demo_people
from companies.views.invitations import invitations_of
from core.clients import client_address
from core.ids import read_id
from web.access import MemberView
from web.expired import Typed, opens, packed, send_again, unpacked
from web.forms import PageForm


class SignInForm(PageForm):
    """E-mail address and password; one text for every wrong pair, so that nobody learns which addresses exist."""

    username = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.user: Any = None

    def clean(self) -> dict[str, Any]:
        """Look the pair up, unless somebody guesses too often."""
        values = self.cleaned_data
        if "username" in values and "password" in values:
            name, client = canonical(values["username"]), client_address(self.request)
            try:
                take_attempt(name, client, now=timezone.now())
            except TooManyAttempts as refusal:
                raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
            self.user = authenticate(self.request, username=name, password=values["password"])
            if self.user is None:
                raise forms.ValidationError(_("The e-mail address or the password is wrong."), code="wrong")
            give_back(name, client)
        return values


@method_decorator([login_not_required, never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignIn(View):
    """The sign-in page; in demo mode it names the demo's people."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; whoever is signed in goes on.

        While there is no marketplace nobody can sign in, and the page says how one is opened.
        """
        if request.user.is_authenticated:
            return redirect(next_of(request))
        if not Marketplace.objects.exists():
            return render(request, "registration/first_run.html")
        return sign_in_page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in with a new session, or say that the pair is wrong; what was typed on an expired page follows."""
        form = SignInForm(request, request.POST)
        typed = unpacked(request.POST.get("typed", ""))
        if not form.is_valid():
            is_locked = form.has_error(NON_FIELD_ERRORS, "locked")
            return sign_in_page(request, form, typed=typed, status=429 if is_locked else 422)
        login(request, form.user)
        member = self._begin(form.user)
        if typed is not None:
            return send_again(request, typed, member=member)
        return redirect(next_of(request))

    def _begin(self, user: User) -> Member | None:
        """Note where the person begins to act, and tell them of invitations; gives where."""
        member = member_of(self.request)
        if member is not None:
            note_sign_in(member.membership, now=timezone.now())
            if invitations_of(user).exists():
                messages.info(self.request, _("You are invited to act for another company: see Invitations."))
        return member


def next_of(request: HttpRequest) -> str:
    """Where signing in leads: an address of our own that was asked for, else the start."""
    url = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if is_ours and url.startswith("/") else "/"


def sign_in_page(
    request: HttpRequest, form: SignInForm | None = None, *, typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    """The page to sign in on; ``typed`` is what waits on it, to be sent afterwards."""
    context = {
        "form": form or SignInForm(request), "next": opens(typed.path) if typed else next_of(request), "typed": typed,
        "packed": packed(typed) if typed else "", "people": demo_people(), "password": PASSWORD,
    }  # fmt: skip
    response = render(request, "registration/sign_in.html", context, status=status)
    add_never_cache_headers(response)
    return response


@method_decorator(login_not_required, name="dispatch")
class SignOut(View):
    """End the session."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign out and show the sign-in page."""
        logout(request)
        return redirect("companies:sign_in")


class Switch(MemberView):
    """Choose for which company, in which marketplace, one acts."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The memberships to choose from."""
        members = [Member(row) for row in self._mine().order_by("company__marketplace__name", "company__name")]
        context = {"title": _("Switch company or marketplace"), "members": members}
        return render(request, "registration/switch.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Act for another company from now on; one that isn't the member's own is Not found."""
        wanted = read_id(request.POST.get("membership", ""))
        if not self._mine().filter(pk=wanted).exists():
            raise Http404
        request.session[SESSION_KEY] = wanted
        note_sign_in(Membership(pk=wanted), now=timezone.now())
        return redirect("core:home")

    def _mine(self) -> Any:
        mine = Membership.objects.active().filter(user=self.member.user, company__is_active=True)
        return mine.select_related("user", "company__marketplace")
