"""The settings pages "Notifications": the kinds of mail, and one of them with its switches, audience and texts."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.domain import kinds
from notifications.domain.conditions import Unusable, conditions
from notifications.domain.kinds import NotificationKind
from notifications.forms.kind import KindForm
from notifications.mail import defaults
from notifications.models import Audience, MailTemplate, NotificationSetting
from notifications.operations import decide
from notifications.queries import Decision, decision_about, decisions, last_changes, own_texts
from web.access import MemberView
from web.views import SettingsPage


def kind_or_404(name: str) -> NotificationKind:
    """The kind of mail in an address."""
    try:
        return kinds.kind_called(name)
    except KeyError:
        raise Http404 from None


def in_words(template: MailTemplate) -> str:
    """A text's conditions as one line."""
    try:
        return "; ".join(str(each) for each in conditions(template.conditions)) or _("Always")
    except Unusable:
        return _("Conditions of another version")


class NotificationList(MemberView):
    """Every kind of mail: whether it is sent, to whom, how many own texts it has, and who decided last."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        marketplace = self.member.marketplace.pk
        held, last = decisions(marketplace), last_changes(marketplace)
        own = list(own_texts(marketplace).values_list("kind", "enabled"))
        rows = [
            (kind, held[kind.name], _audience(kind, held[kind.name]), own.count((kind.name, True)), last.get(kind.name))
            for kind in kinds.all_kinds()
        ]
        return render(request, "notifications/kinds.html", {"title": _("Notifications"), "rows": rows})


def _audience(kind: NotificationKind, held: Decision) -> str:
    if kind.follows or kind.to_staff:
        return wherever(kind)
    if set(held.audience) == set(Audience.values):
        return _("Billing contacts")
    words = [str(Audience(role).label) for role in held.audience]
    return ", ".join(words) or _("Copies only")


def wherever(kind: NotificationKind) -> str:
    """Where a mail goes whose audience nobody chooses; empty for others."""
    if kind.to_staff:
        return _("Managers and finance of the marketplace")
    if not kind.follows:
        return ""
    return _("Recipients of “%(mail)s”") % {"mail": kinds.label_of(kind.follows)}


class NotificationPage(SettingsPage):
    """One kind of mail; managers change it, finance reads."""

    form_class = KindForm
    template_name = "notifications/kind.html"
    title = gettext_lazy("Notification")

    @cached_property
    def kind(self) -> NotificationKind:
        """The one in the address."""
        return kind_or_404(self.kwargs["kind"])

    @cached_property
    def held(self) -> Decision:
        """What holds now."""
        return decision_about(self.kind, self.member.marketplace.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only where there is such a kind, and for who may change it."""
        kind_or_404(self.kwargs["kind"])
        return super().post(request, *args, **kwargs)

    def heading(self) -> str:
        """Its name."""
        return str(self.kind.label)

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        return {**super().form_options(), "kind": self.kind, "held": self.held}

    def perform(self, form: Any) -> NotificationSetting:
        """Decide."""
        return decide(kind=self.kind, **form.wanted, actor=self.member.actor, now=self.now)

    def success_url(self, _result: NotificationSetting) -> str:
        """Here again."""
        return reverse("notifications:kind", args=[self.kind.name])

    def message(self, result: NotificationSetting) -> str:
        """Whether it is sent now."""
        return _("Saved. This mail is now on.") if result.enabled else _("Saved. This mail is now off.")

    def context(self) -> dict[str, Any]:
        """The texts by language: the own ones in the order in which they are tried, then the default."""
        own = list(own_texts(self.member.marketplace.pk, self.kind.name))
        texts = [
            (language, [(each, in_words(each)) for each in own if each.language == language])
            for language in defaults.languages(self.kind.name)
        ]
        about = {"kind": self.kind, "held": self.held, "wherever": wherever(self.kind)}
        return {**super().context(), **about, "texts": texts}
