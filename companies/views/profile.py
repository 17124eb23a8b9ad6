"""One's own name, language and password; and setting the first password by a link."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from companies.demo import is_demo_address
from companies.forms.passwords import ChangePasswordForm, NewPasswordForm
from companies.forms.profile import ProfileForm
from companies.models import User
from companies.operations.profile import change_profile
from core.access import MemberView
from core.views import FormPage
from core.views.calling import Answer

logger = logging.getLogger("offset.access")


class Profile(FormPage):
    """Name and language."""

    title = gettext_lazy("Your profile")
    button = gettext_lazy("Save")
    form_class = ProfileForm
    template_name = "companies/profile.html"

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        return {"initial": {"name": self.member.user.name, "language": self.member.user.language}}

    def perform(self, form: Any, *, now: datetime, key: str) -> User:  # noqa: ARG002
        """Change it."""
        return change_profile(**form.cleaned_data, actor=self.member.actor, now=now)

    def success_url(self, result: User) -> str:  # noqa: ARG002
        """Here again."""
        return reverse("companies:profile")

    def message(self, result: User) -> str:  # noqa: ARG002
        """Say it."""
        return _("Your profile is saved.")

    def done(self, answer: Answer) -> HttpResponse:
        """The language that was saved counts from now on, whatever was switched to before."""
        response = super().done(answer)
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_PATH)
        return response


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePassword(MemberView):
    """Change one's own password; other sessions end, this one goes on."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._show(ChangePasswordForm(self.member.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, or say what is wrong."""
        form = ChangePasswordForm(self.member.user, request.POST)
        if is_demo_address(self.member.user.email):
            form.add_error(None, _("People of the demo keep the password that the sign-in page shows."))
        if not form.is_valid():
            return self._show(form, status=422)
        user = form.save()
        update_session_auth_hash(request, user)
        logger.info("password changed", extra={"user": user.pk})
        messages.success(request, _("Your password is changed. Other sessions of yours have ended."))
        return redirect("companies:profile")

    def _show(self, form: ChangePasswordForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "title": _("Change password")}
        return render(self.request, "companies/password.html", context, status=status)


@method_decorator(login_not_required, name="dispatch")
class SetPassword(PasswordResetConfirmView):
    """Set a password by a link that works once, within three days."""

    form_class = NewPasswordForm  # type: ignore[assignment]
    template_name = "companies/set_password.html"
    success_url = reverse_lazy("companies:sign_in")
    http_method_names = ["get", "head", "post"]

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Django answers a used link before it looks at the method."""
        if (self.request.method or "").lower() not in self.http_method_names:
            return self.http_method_not_allowed(self.request)
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it and go to the sign-in page."""
        response = super().form_valid(form)
        logger.info("first password set", extra={"user": form.user.pk})
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again, with the reasons."""
        return self.render_to_response(self.get_context_data(form=form), status=422)
