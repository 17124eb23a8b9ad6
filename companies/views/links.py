"""Links by mail: asking for one, and setting a password with it."""

import logging
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from companies.domain.refusals import LinkIsVoid, TooManyAttempts
from companies.forms.passwords import NewPasswordForm
from companies.operations.accounts import ask_for_link, use_link
from companies.operations.attempts import take_mail
from companies.queries.links import Link, link_at
from core.clients import client_address
from web.forms import PageForm

logger = logging.getLogger("offset.access")
HIDDEN = "set"
"""Stands for the token in the address of the form, so that no log, history or referrer keeps it."""
KEPT = "link-token"
"""Where the session keeps it meanwhile."""


class AskForLinkForm(PageForm):
    """The address to mail."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
    )


@method_decorator([login_not_required, never_cache], name="dispatch")
class AskForLink(View):
    """Have a link mailed to set a password: for a first sign-in, and for who forgot. One answer for every address."""

    http_method_names = ["get", "head", "post"]

    def get(self, _request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._show(AskForLinkForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Have it mailed if there is such an account, and say the same if there is none."""
        form = AskForLinkForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=422)
        now = timezone.now()
        try:
            take_mail(client_address(request), now=now)
        except TooManyAttempts as refusal:
            form.add_error(None, refusal.message)
            return self._show(form, status=429)
        ask_for_link(email=form.cleaned_data["email"], now=now)
        return self._show(form, asked=True)

    def _show(self, form: AskForLinkForm, *, asked: bool = False, status: int = 200) -> HttpResponse:
        return render(self.request, "registration/ask_for_link.html", {"form": form, "asked": asked}, status=status)


@method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class SetPassword(View):
    """Set a password by a mailed link that works once, within three days."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, place: str, token: str) -> HttpResponse:
        """Put the token out of sight, then show the form; a link that is void says so."""
        if token != HIDDEN:
            request.session[KEPT] = token
            return redirect("companies:set_password", place, HIDDEN)
        link = self._link(place)
        return self._show(NewPasswordForm(link.user) if link else None)

    def post(self, request: HttpRequest, place: str, token: str) -> HttpResponse:  # noqa: ARG002 - the session has it
        """Set it and go to the sign-in page."""
        link = self._link(place)
        if link is None:
            return self._show(None, status=422)
        form = NewPasswordForm(link.user, request.POST)
        if not form.is_valid():
            return self._show(form, status=422)
        kept, chosen = request.session[KEPT], form.cleaned_data["new_password1"]
        try:
            user = use_link(place=place, token=kept, password=chosen, now=timezone.now())
        except LinkIsVoid:
            return self._show(None, status=422)
        del request.session[KEPT]
        logger.info("password set by link", extra={"user": user.pk})
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("companies:sign_in")

    def _link(self, place: str) -> Link | None:
        link, token = link_at(place), self.request.session.get(KEPT, "")
        return link if link is not None and link.holds(token) else None

    def _show(self, form: Any, status: int = 200) -> HttpResponse:
        return render(self.request, "companies/set_password.html", {"form": form}, status=status)
