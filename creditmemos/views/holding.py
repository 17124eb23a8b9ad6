"""Hold and release: whether automatic use may take the credit."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import holding
from creditmemos.views.verbs import MemoVerb
from web.forms import NoFields


class Hold(MemoVerb):
    """Keep the credit out of automatic use."""

    permission = holding.PERMISSION
    title = gettext_lazy("Hold credit")
    button = gettext_lazy("Hold credit")
    form_class = NoFields

    def check(self) -> None:
        """Ask the guards."""
        holding.check_hold(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """Who can't use it then."""
        return _("%(amount)s is not applied automatically, and customers can't apply it; staff still can.") % {
            "amount": self.amount(self.object.balance)
        }

    def perform(self, _form: Any) -> CreditMemo:
        """Hold it."""
        return operations.hold(memo=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: CreditMemo) -> str:
        """Say it."""
        return _("%(memo)s is on hold.") % {"memo": result}


class Release(MemoVerb):
    """Let automatic use have the credit again."""

    permission = holding.PERMISSION
    title = gettext_lazy("Release hold")
    button = gettext_lazy("Release hold")
    form_class = NoFields

    def check(self) -> None:
        """Ask the guards."""
        holding.check_release(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What may happen at once."""
        return _("%(amount)s may be applied automatically to open invoices, at once where there are any.") % {
            "amount": self.amount(self.object.balance)
        }

    def perform(self, _form: Any) -> CreditMemo:
        """Release it."""
        return operations.release(memo=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: CreditMemo) -> str:
        """Say it."""
        return _("%(memo)s has been released.") % {"memo": result}
