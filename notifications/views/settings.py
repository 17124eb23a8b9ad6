"""The settings page "Notifications": which mails the marketplace sends, and who gets copies."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import require
from core.views import FormPage
from notifications.forms import NotificationsForm
from notifications.kinds import NotificationKind
from notifications.operations import decide_all
from notifications.queries import decisions, last_changes


class NotificationSettings(FormPage):
    """All kinds of mail on one page; managers change them, finance reads."""

    permission = "settings.view"
    title = gettext_lazy("Notifications")
    button = gettext_lazy("Save")
    form_class = NotificationsForm
    template_name = "notifications/settings.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for who may change them."""
        require(request, "settings.change")
        return super().post(request, *args, **kwargs)

    @property
    def may_change(self) -> bool:
        """Whether the member changes settings, or only reads them."""
        return bool(self.member.may("settings.change"))

    def form_options(self) -> dict[str, Any]:
        """What holds now, and since when."""
        pk = self.member.marketplace.pk
        return {"held": decisions(pk), "last": last_changes(pk), "may_change": self.may_change}

    def perform(self, form: Any, *, now: datetime, key: str) -> list[NotificationKind]:  # noqa: ARG002
        """Change what was changed."""
        return decide_all(wanted=form.wanted, actor=self.member.actor, now=now)

    def success_url(self, result: list[NotificationKind]) -> str:  # noqa: ARG002
        """Here again."""
        return reverse("notifications:settings")

    def message(self, result: list[NotificationKind]) -> str:
        """How many changed."""
        if not result:
            return _("Nothing was changed.")
        text = ngettext("%(n)s notification is changed.", "%(n)s notifications are changed.", len(result))
        return text % {"n": len(result)}

    def context(self) -> dict[str, Any]:
        """Whether there is a button."""
        return {"may_change": self.may_change}
