"""The settings page of checkout tokens: those that work, a new one shown once, and revoking one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.queries.people import name_at
from core.errors import Refusal
from limits import operations
from limits.forms import TokenForm
from limits.models import CheckoutToken
from limits.operations.tokens import PERMISSION, check_revoke
from web.access import MemberView
from web.views import FormPage, VerbView
from web.views.calling import called


def tokens_for(view: Any) -> QuerySet[CheckoutToken]:
    """Those of the member's marketplace, newest first."""
    return CheckoutToken.objects.filter(marketplace=view.member.marketplace).order_by("-pk")


class TokenList(MemberView):
    """Which checkouts may ask."""

    permission = "settings.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        """All of them, revoked ones too."""
        rows = tokens_for(self).annotate(
            by=name_at("created_by_id", "created_at"), revoked_by_name=name_at("revoked_by_id", "revoked_at")
        )
        context = {
            "view": self,
            "title": _("Checkout tokens"),
            "tokens": rows[:200],
            "may_change": self.member.may(PERMISSION),
            "address": request.build_absolute_uri(reverse("limits:checks")),
        }
        return render(request, "limits/tokens.html", context)


class NewToken(FormPage):
    """Make a token; its text is on the answer and nowhere else."""

    permission = PERMISSION
    form_class = TokenForm
    title = gettext_lazy("Make a checkout token")
    button = gettext_lazy("Make token")

    def back_url(self) -> str:
        """The list."""
        return reverse("limits:tokens")

    def consequence(self) -> str:
        """What it opens."""
        return _("The token may ask for every company of the marketplace, and reserve. It is shown once.")

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The token on the answer itself: neither a message nor the memory of sent forms may hold its text."""
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        name = form.cleaned_data["name"]
        try:
            made = called(lambda: self._made(name))
        except Refusal as refusal:
            form.refuse(refusal)
            return self.show(form, status=422, refusal=refusal)
        title = _("Checkout token %(name)s") % {"name": made["token"]}
        return render(request, "limits/token_made.html", {"view": self, "title": title, "text": made["text"]})

    def _made(self, name: str) -> dict[str, object]:
        token, text = operations.make_token(name=name, actor=self.member.actor, now=self.now)
        return {"token": token, "text": text}


class RevokeToken(VerbView):
    """Let nothing ask by a token any more."""

    permission = PERMISSION
    title = gettext_lazy("Revoke")
    button = gettext_lazy("Revoke token")
    tone = "danger"
    object_name = "token"
    back_label = gettext_lazy("Checkout tokens")

    def queryset(self) -> QuerySet[CheckoutToken]:
        """The marketplace's."""
        return tokens_for(self)

    def check(self) -> None:
        """Ask the guard."""
        check_revoke(self.object)

    def consequence(self) -> str:
        """At once."""
        return _("The checkout that uses %(token)s gets no answer from now on.") % {"token": self.object}

    def back_url(self) -> str:
        """The list."""
        return reverse("limits:tokens")

    def perform(self, _form: Any) -> CheckoutToken:
        """Revoke it."""
        return operations.revoke_token(token=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: CheckoutToken) -> str:
        """Done."""
        return _("%(token)s is revoked.") % {"token": result}
