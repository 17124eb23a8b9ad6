"""One request: what it was about then and is now, and the decision."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.access import MemberView
from core.badges import badge_html, badge_text
from core.errors import Refusal
from core.formats import amount_text
from core.forms import PageForm
from core.models import Approval
from core.templatetags.money import amount_html
from core.views import Action, DetailPage, VerbView
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.foreseeing import obstacle
from creditmemos.operations.requesting import snapshot
from creditmemos.queries.requests import earlier_requests, requests_for, with_document
from creditmemos.views.actions import discarding
from creditmemos.views.approvals import VERBS, ForDeciders

FACTS: tuple[tuple[str, Promise, str], ...] = (
    ("status", gettext_lazy("Status"), "creditmemo"),
    ("total", gettext_lazy("Total"), ""),
    ("applied", gettext_lazy("Applied"), ""),
    ("balance", gettext_lazy("Balance"), ""),
    ("invoice_status", gettext_lazy("Status of the invoice"), "invoice"),
    ("invoice_due", gettext_lazy("Due on the invoice"), ""),
)
"""(key of the snapshot, its words, the badge's kind or nothing for an amount)."""


class Fact(NamedTuple):
    """One figure of the request: as it was asked for, and as it is now."""

    label: str
    then: SafeString
    now: SafeString
    has_changed: bool


def facts(approval: Approval, memo: CreditMemo) -> Iterator[Fact]:
    """Then and now, side by side."""
    now = snapshot(memo)
    for name, label, kind in FACTS:
        if name in approval.snapshot or name in now:
            old, new = approval.snapshot.get(name), now.get(name)
            yield Fact(str(label), _shown(old, kind, memo), _shown(new, kind, memo), old != new)


def _shown(value: Any, kind: str, memo: CreditMemo) -> SafeString:
    if kind:
        return badge_html(kind, value) if value else SafeString("")
    return amount_html(value, memo.currency)


def asked(approval: Any) -> str:
    """What is asked for, in a few words: "Close CM-2026-00017"."""
    document = approval.document or _("draft %(id)s") % {"id": approval.object_id}
    return _("%(verb)s %(document)s") % {"verb": VERBS[approval.verb], "document": document}


class OneRequest(MemberView):
    """What the pages of one request share."""

    object: Any

    def queryset(self) -> QuerySet[Approval]:
        """The requests that this member may see."""
        return with_document(requests_for(self.member))

    @cached_property
    def memo(self) -> CreditMemo:
        """The memo that it is about."""
        related = ("source_invoice", "payer", "beneficiary", "reason", "account__merchant", "marketplace__settings")
        memos = CreditMemo.objects.visible_to(self.member).select_related(*related)
        return memos.get(pk=self.object.object_id)

    @property
    def is_mine(self) -> bool:
        """Whether the member asked for it."""
        return bool(self.object.requested_by_id == self.member.user.pk)

    def back_url(self) -> str:
        """The request's own page."""
        return reverse("creditmemos:approval", args=[self.object.pk])


class ApprovalDetail(OneRequest, ForDeciders, DetailPage):
    """A request with its figures then and now; the decision is offered to everybody but its maker."""

    template_name = "creditmemos/approval.html"
    object_name = "approval"

    obstacle: Refusal | None = None

    def actions(self) -> Iterator[Action]:
        """Approve and reject; for the maker, withdraw. Once decided, a draft that came back can be discarded."""
        approval, pk = self.object, [self.object.pk]
        if approval.decision != Approval.Decision.WAITING:
            yield from discarding(self.memo, self.member)
            return
        if self.is_mine:
            if self.member.may("creditmemos.withdraw"):
                yield Action(
                    _("Withdraw"), reverse("creditmemos:approval_withdraw", args=pk), "arrow-return-left", True
                )
        elif self.member.may("creditmemos.approve"):
            if self.obstacle is None:
                url = reverse("creditmemos:approval_approve", args=pk)
                yield Action(_("Approve"), url, "check-lg", in_dialog=True, tone="primary")
            yield Action(_("Reject"), reverse("creditmemos:approval_reject", args=pk), "x-lg", in_dialog=True)

    def context(self) -> dict[str, Any]:
        """The memo, its lines, the figures, and what else was asked about it."""
        lines = list(self.memo.lines.all()) if self.object.verb == Approval.Verb.ISSUE else []
        return {
            "title": asked(self.object),
            "memo": self.memo,
            "reason_label": self.memo.reason.label(get_language() or "en") if self.memo.reason else "",
            "lines": lines,
            "facts": list(facts(self.object, self.memo)),
            "is_mine": self.is_mine,
            "verb": VERBS[self.object.verb],
            "earlier": list(earlier_requests(self.object)[:20]),
        }


class ApprovalStanding(ApprovalDetail):
    """What stands in the way of approving by now, and the answers that are left; a part of the page.

    It asks every guard, so the page comes first. Without JavaScript the answer itself says what stood in the way.
    """

    template_name = "creditmemos/_standing.html"

    def context(self) -> dict[str, Any]:
        """Look before the actions are listed."""
        return {"obstacle": self.obstacle}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """For a request that waits."""
        if self.object.decision == Approval.Decision.WAITING:
            self.obstacle = obstacle(approval=self.object, memo=self.memo, actor=self.member.actor, now=timezone.now())
        return super().get(request, *args, **kwargs)


class Decision(OneRequest, VerbView):
    """What the three answers share."""

    object_name = "approval"

    def heading(self) -> str:
        """The answer and the question."""
        return f"{self.title}: {asked(self.object)}"


class Approve(Decision):
    """Do what was asked for."""

    permission = "creditmemos.approve"
    title = gettext_lazy("Approve")
    button = gettext_lazy("Approve")

    def consequence(self) -> str:
        """What will happen at once."""
        texts = {
            Approval.Verb.ISSUE: _("A credit memo of %(amount)s is issued to %(company)s and gets its number."),
            Approval.Verb.CLOSE: _("%(amount)s of %(company)s are written off."),
            Approval.Verb.REOPEN: _("%(amount)s can be used again by %(company)s."),
        }
        amount = self.memo.total if self.object.verb == Approval.Verb.ISSUE else self.object.amount
        return texts[self.object.verb] % {
            "amount": amount_text(amount, self.object.currency),
            "company": self.object.company,
        }

    def perform(self, form: Any, *, now: datetime, key: str) -> CreditMemo:  # noqa: ARG002
        """Approve."""
        return operations.approve(approval=self.object, actor=self.member.actor, now=now)

    def message(self, result: CreditMemo) -> str:
        """Name what came of it."""
        return _("Approved. %(memo)s is %(status)s now.") % {
            "memo": result,
            "status": badge_text("creditmemo", result.status).lower(),
        }


class RejectForm(PageForm):
    """Why not."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea({"autofocus": True}),
        help_text=gettext_lazy("The person who asked reads this."),
    )


class Reject(Decision):
    """Turn it down."""

    permission = "creditmemos.approve"
    title = gettext_lazy("Reject")
    button = gettext_lazy("Reject")
    tone = "danger"
    form_class = RejectForm

    def consequence(self) -> str:
        """What remains."""
        if self.object.verb == Approval.Verb.ISSUE:
            return _("The draft stays and can be changed and sent again.")
        return _("The credit memo stays as it is.")

    def perform(self, form: Any, *, now: datetime, key: str) -> CreditMemo:  # noqa: ARG002
        """Reject."""
        reason = form.cleaned_data["reason"]
        return operations.reject(approval=self.object, reason=reason, actor=self.member.actor, now=now)

    def message(self, result: CreditMemo) -> str:  # noqa: ARG002
        """Say it."""
        return _("The request is rejected.")


class Withdraw(Decision):
    """Take one's own request back."""

    permission = "creditmemos.withdraw"
    title = gettext_lazy("Withdraw")
    button = gettext_lazy("Withdraw")

    def consequence(self) -> str:
        """What remains."""
        if self.object.verb == Approval.Verb.ISSUE:
            return _("Nobody is asked any more; the draft stays and can be changed and sent again.")
        return _("Nobody is asked any more; the credit memo stays as it is.")

    def perform(self, form: Any, *, now: datetime, key: str) -> CreditMemo:  # noqa: ARG002
        """Withdraw."""
        return operations.withdraw(approval=self.object, actor=self.member.actor, now=now)

    def message(self, result: CreditMemo) -> str:  # noqa: ARG002
        """Say it."""
        return _("The request is withdrawn.")
