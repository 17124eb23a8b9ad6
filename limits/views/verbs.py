"""Change, block and unblock a company's credit limit; allow a purchase once."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company
from core.formats import amount_text
from core.ids import read_id
from core.models import Approval
from limits import operations
from limits.approvals import terms_text
from limits.forms import AllowForm, LimitForm
from limits.models import CreditCheck, CreditLine
from limits.operations import allowing, limiting
from limits.operations.limiting import terms_of
from limits.queries.payers import payers_for
from web.forms import ReasonForm
from web.views import VerbView


class LineVerb(VerbView):
    """What the verbs share: a company of the marketplace, its line, and its panel behind it."""

    permission = limiting.PERMISSION
    object_name = "company"
    back_label = gettext_lazy("Credit limit")

    def queryset(self) -> QuerySet[Company]:
        """Those that the member sees."""
        return payers_for(self.member).select_related("marketplace")

    @cached_property
    def line(self) -> CreditLine:
        """The company's line."""
        return CreditLine.objects.select_related("payer__marketplace").get(payer=self.object)

    @property
    def currency(self) -> str:
        """The marketplace's."""
        return str(self.object.marketplace.currency)

    def reload(self) -> None:
        """With the line as it is now."""
        super().reload()
        self.__dict__.pop("line", None)

    def check(self) -> None:
        """Ask the guards."""
        limiting.check_change(self.line, actor=self.member.actor)

    def back_url(self) -> str:
        """The panel."""
        return reverse("limits:panel", args=[self.object.pk])

    def message(self, result: Any) -> str:
        """What holds now, or that it is asked for."""
        if isinstance(result, Approval):
            return _("Sent for approval. Until then the credit limit stays as it is.")
        said = terms_text(terms_of(result), self.currency)
        return _("The credit limit of %(company)s: %(limit)s.") % {"company": self.object, "limit": said}


class ChangeLimit(LineVerb):
    """Give the company another limit."""

    form_class = LimitForm
    title = gettext_lazy("Change the credit limit of")
    button = gettext_lazy("Change limit")

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        line = self.line
        initial = {"mode": line.mode, "amount": line.amount, "is_shared": line.is_shared}
        return {"initial": initial, "currency": self.currency, "has_children": self.object.children.exists()}

    def consequence(self) -> str:
        """What is at once, and what is not."""
        return _("A lower limit holds at once. Raising or removing a limit is sent for approval.")

    def perform(self, form: LimitForm) -> CreditLine | Approval:
        """Change it, or ask."""
        return operations.change_limit(
            line=self.line, terms=form.terms, reason=form.cleaned_data["reason"], actor=self.member.actor, now=self.now
        )


class Block(LineVerb):
    """Let nothing be bought any more."""

    form_class = ReasonForm
    title = gettext_lazy("Block credit of")
    button = gettext_lazy("Block credit")
    tone = "danger"

    def consequence(self) -> str:
        """At once."""
        return _("%(company)s can buy nothing from now on, not even prepaid. What runs is still billed.") % {
            "company": self.object
        }

    def perform(self, form: Any) -> CreditLine | Approval:
        """Block it."""
        return operations.block(
            line=self.line, reason=form.cleaned_data["reason"], actor=self.member.actor, now=self.now
        )


class Unblock(LineVerb):
    """Ask for what held before."""

    form_class = ReasonForm
    title = gettext_lazy("Unblock credit of")
    button = gettext_lazy("Request approval")

    def check(self) -> None:
        """Ask the guards."""
        super().check()
        limiting.check_unblock(self.line)

    def consequence(self) -> str:
        """What holds then."""
        said = terms_text(limiting.before_block(self.line), self.currency)
        return _("Once approved, what held before holds again: %(limit)s.") % {"limit": said}

    def perform(self, form: Any) -> CreditLine | Approval:
        """Ask."""
        return operations.unblock(
            line=self.line, reason=form.cleaned_data["reason"], actor=self.member.actor, now=self.now
        )


class AllowOnce(LineVerb):
    """Let one purchase pass the limit."""

    permission = allowing.PERMISSION
    form_class = AllowForm
    title = gettext_lazy("Allow once for")
    button = gettext_lazy("Allow once")

    def form_options(self) -> dict[str, Any]:
        """The amount of the refused purchase that the link names."""
        asked = read_id(self.request.GET.get("check", ""))
        rows = CreditCheck.objects.filter(pk=asked or 0, line=self.line, is_allowed=False)
        amount = rows.values_list("amount", flat=True).first()
        return {"currency": self.currency, "initial": {"amount": amount} if amount else {}}

    def check(self) -> None:
        """Ask the guards."""
        allowing.check_allow(self.line, actor=self.member.actor, now=timezone.now())

    def consequence(self) -> str:
        """For how long, and when it needs a second person."""
        return _(
            "The next purchase of up to this amount passes the credit limit, within 24 hours. Above your approval limit"
            " it is sent for approval."
        )

    def perform(self, form: Any) -> Any:
        """Allow it, or ask."""
        said = form.cleaned_data
        return operations.allow_once(
            line=self.line, amount=said["amount"], reason=said["reason"], actor=self.member.actor, now=self.now
        )

    def message(self, result: Any) -> str:
        """Allowed or asked."""
        if isinstance(result, Approval):
            return _("Sent for approval. Until then the credit limit holds.")
        amount = amount_text(result.amount, self.currency)
        return _("One purchase of up to %(amount)s passes within 24 hours.") % {"amount": amount}
