"""What can be done with an event that nobody has billed: edit it and send it again, cancel it, set it aside."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.events import EditEventForm
from billing.models import BillingEvent
from billing.operations import cancelling, replacing, setting_aside
from billing.operations.running.retrying import PERMISSION as RETRY
from billing.operations.running.retrying import may_retry
from companies.members import Member
from web.forms import ReasonForm
from web.views import Action, VerbView


def actions_of(event: BillingEvent, member: Member) -> Iterator[Action]:
    """What an event's status and the member's role allow."""
    if may_retry(event) and member.may(RETRY):
        yield Action(_("Try again"), reverse("billing:event_retry", args=[event.pk]), "arrow-repeat", in_dialog=True)
    if replacing.may_replace(event) and member.may(replacing.PERMISSION):
        yield Action(_("Edit and resubmit"), reverse("billing:event_edit", args=[event.pk]), "pencil")
    if setting_aside.may_bring_back(event) and member.may(setting_aside.PERMISSION):
        url = reverse("billing:event_bring_back", args=[event.pk])
        yield Action(_("Restore"), url, "arrow-counterclockwise", in_dialog=True)
    if setting_aside.may_set_aside(event) and member.may(setting_aside.PERMISSION):
        yield Action(_("Set aside"), reverse("billing:event_set_aside", args=[event.pk]), "pause-fill", in_dialog=True)
    if cancelling.may_cancel(event) and member.may(cancelling.PERMISSION):
        url = reverse("billing:event_cancel", args=[event.pk])
        yield Action(_("Cancel event"), url, "slash-circle", in_dialog=True, tone="danger")


class OneEvent(VerbView):
    """What the verbs of one event share."""

    object_name = "event"
    back_label = gettext_lazy("The event")

    def queryset(self) -> QuerySet[BillingEvent]:
        """The marketplace's."""
        return BillingEvent.objects.visible_to(self.member).select_related(
            "account", "company", "subscription", "product", "billed_user"
        )

    def heading(self) -> str:
        """Verb and key."""
        return _("%(verb)s: %(key)s") % {"verb": self.title, "key": self.object.key}

    def back_url(self) -> str:
        """Its page."""
        return reverse("billing:event", args=[self.object.pk])


class EditEvent(OneEvent):
    """Edit an event and send it again; the new one takes the place of the old one."""

    permission = replacing.PERMISSION
    title = gettext_lazy("Edit and resubmit")
    button = gettext_lazy("Resubmit")
    form_class = EditEventForm

    def form_options(self) -> dict[str, Any]:
        """With what the old one says."""
        return {"member": self.member, "event": self.object, "next_key": replacing.next_key(self.object)}

    def check(self) -> None:
        """Ask the guards."""
        replacing.check_replace(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What becomes of both."""
        return _(
            "A new event replaces this one and is billed by the next run. This one is kept unchanged and never billed."
        )

    def perform(self, form: Any) -> BillingEvent:
        """Replace it."""
        return replacing.replace_event(event=self.object, facts=form.facts(""), actor=self.member.actor, now=self.now)

    def success_url(self, result: BillingEvent) -> str:
        """The new one's page."""
        return reverse("billing:event", args=[result.pk])

    def message(self, result: BillingEvent) -> str:
        """Under which key, and whether somebody else is asked."""
        told = {"old": self.object.key, "new": result.key}
        if result.status == BillingEvent.Status.ASKED:
            return _("%(new)s replaces %(old)s and is sent for approval. It is billed once approved.") % told
        return _("%(new)s replaces %(old)s.") % told


class CancelEvent(OneEvent):
    """Cancel an event for good."""

    permission = cancelling.PERMISSION
    title = gettext_lazy("Cancel event")
    button = gettext_lazy("Cancel event")
    tone = "danger"
    form_class = ReasonForm

    def check(self) -> None:
        """Ask the guards."""
        cancelling.check_cancel(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """That it is final."""
        return _(
            "It is never billed. Its key stays reserved, so that the same event can't be recorded again by mistake."
        )

    def perform(self, form: Any) -> BillingEvent:
        """Cancel it."""
        reason = form.cleaned_data["reason"]
        return cancelling.cancel_event(event=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: BillingEvent) -> str:
        """Done."""
        return _("%(key)s is cancelled.") % {"key": result.key}


class SetEventAside(OneEvent):
    """Set a failed event aside as known."""

    permission = setting_aside.PERMISSION
    title = gettext_lazy("Set aside")
    button = gettext_lazy("Set aside")
    form_class = ReasonForm

    def check(self) -> None:
        """Ask the guards."""
        setting_aside.check_set_aside(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """Where it is then."""
        return _(
            "It is removed from the list of events and from the dashboard, and is not tried again. It can be restored."
        )

    def perform(self, form: Any) -> BillingEvent:
        """Set it aside."""
        reason = form.cleaned_data["reason"]
        return setting_aside.set_aside(event=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, result: BillingEvent) -> str:
        """Done."""
        return _("%(key)s is set aside.") % {"key": result.key}


class BringEventBack(OneEvent):
    """Let an event that was set aside stand among the failed ones again."""

    permission = setting_aside.PERMISSION
    title = gettext_lazy("Restore")
    button = gettext_lazy("Restore")

    def check(self) -> None:
        """Ask the guards."""
        setting_aside.check_bring_back(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """Where it is then."""
        return _("It returns to the failed events, where it can be tried again, edited or cancelled.")

    def perform(self, _form: Any) -> BillingEvent:
        """Bring it back."""
        return setting_aside.bring_back(event=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: BillingEvent) -> str:
        """Done."""
        return _("%(key)s is back among the failed events.") % {"key": result.key}
