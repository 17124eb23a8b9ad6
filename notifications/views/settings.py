"""The settings page "Notifications": which mails the marketplace sends, and who gets copies."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.views import SettingsPage
from notifications.forms import NotificationsForm
from notifications.kinds import NotificationKind
from notifications.operations import decide_all
from notifications.queries import decisions, last_changes


class NotificationSettings(SettingsPage):
    """All kinds of mail on one page; managers change them, finance reads."""

    title = gettext_lazy("Notifications")
    form_class = NotificationsForm
    template_name = "notifications/settings.html"

    def form_options(self) -> dict[str, Any]:
        """What holds now, and since when."""
        pk = self.member.marketplace.pk
        return {**super().form_options(), "held": decisions(pk), "last": last_changes(pk)}

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
