"""Discard: get rid of a draft that nobody wants any more."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import discarding
from creditmemos.views.verbs import MemoVerb
from web.forms import NoFields


class Discard(MemoVerb):
    """End a draft; a confirmation is enough, since it never had an effect."""

    permission = discarding.PERMISSION
    title = gettext_lazy("Discard")
    button = gettext_lazy("Discard draft")
    back_label = gettext_lazy("Credit memo draft")
    tone = "danger"
    form_class = NoFields

    def heading(self) -> str:
        """A draft has no number to be called by."""
        return _("Discard the draft")

    def check(self) -> None:
        """Ask the guards."""
        discarding.check_discard(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What is given up, and what stays."""
        return _(
            "The draft of %(amount)s for %(company)s is discarded permanently: it can't be edited or "
            "sent again. It never had a number or any effect, and it stays in the audit log."
        ) % {"amount": self.amount(self.object.total), "company": self.object.payer_name}

    def perform(self, _form: Any) -> CreditMemo:
        """Discard it."""
        return operations.discard(memo=self.object, actor=self.member.actor, now=self.now)

    def success_url(self, _result: CreditMemo) -> str:
        """The list."""
        return reverse("creditmemos:list")

    def message(self, result: CreditMemo) -> str:
        """Whose and how much."""
        return _("The draft of %(amount)s for %(company)s is discarded.") % {
            "amount": self.amount(result.total),
            "company": result.payer_name,
        }
