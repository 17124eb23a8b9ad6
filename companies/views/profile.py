"""One's own name, language and password."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from companies.forms.passwords import ChangePasswordForm
from companies.forms.profile import ProfileForm
from companies.models import User
from companies.operations.profile import change_profile
from companies.queries.demo import is_demo_address
from web.access import MemberView
from web.passwords import confirms
from web.views import FormPage
from web.views.calling import Answer

logger = logging.getLogger("offset.access")


class Profile(FormPage):
    """Name and language."""

    title = gettext_lazy("Your profile")
    button = gettext_lazy("Save")
    form_class = ProfileForm
    template_name = "companies/profile.html"

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        return {"initial": {"name": self.member.name, "language": self.member.user.language}}

    def perform(self, form: Any) -> User:
        """Change it."""
        return change_profile(**form.cleaned_data, actor=self.member.actor, now=self.now)

    def success_url(self, _result: User) -> str:
        """Here again."""
        return reverse("companies:profile")

    def message(self, _result: User) -> str:
        """Say it."""
        return _("Your profile is saved.")

    def done(self, answer: Answer) -> HttpResponse:
        """The saved language counts for figures from now on, whatever was switched to before."""
        response = super().done(answer)
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_PATH)
        return response


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePassword(MemberView):
    """Change one's own password; other sessions end, this one goes on."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._show(ChangePasswordForm(self.member.user, confirm=confirms(self.request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, or say what is wrong."""
        form = ChangePasswordForm(self.member.user, request.POST, confirm=confirms(request))
        if is_demo_address(self.member.user.email):
            form.add_error(None, _("Demo users keep the password that the sign-in page shows."))
        if not form.is_valid():
            return self._show(form, status=429 if form.has_error("old_password", "locked") else 422)
        user = form.save()
        update_session_auth_hash(request, user)
        logger.info("password changed", extra={"user": user.pk})
        messages.success(request, _("Your password has been changed. Your other sessions have been signed out."))
        return redirect("companies:profile")

    def _show(self, form: ChangePasswordForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "title": _("Change password")}
        return render(self.request, "companies/password.html", context, status=status)
