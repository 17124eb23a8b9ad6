"""One request: what it was about then and is now, and the decision."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from companies import operations
from companies.operations.approvals import (
    check_act_alone,
    check_approve,
    check_nobody_else,
    check_reject,
    check_withdraw,
)
from companies.queries.two_person import TwoPersonVerb, verb_of
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import moment_text, reader
from core.models import Approval
from creditmemos.approvals.memos import credit_text, memo_of
from creditmemos.domain.wording import AFTERWARDS, ISSUE, KIND, REOPEN
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import alone_so_far
from creditmemos.operations.requesting import WITHDRAW, snapshot
from creditmemos.queries.requests import earlier_requests, requests_for, with_document
from creditmemos.queries.sources import sources_seen_by
from creditmemos.views.actions import discard
from creditmemos.views.approvals import ForDeciders
from web.access import MemberView, one_or_404, viewer
from web.badges import badge_html
from web.confirming import ConfirmForm
from web.forms import PageForm
from web.passwords import confirms
from web.templatetags.money import amount_html
from web.views import Action, DetailPage, VerbView

CHOICE = "choice"
FACTS: tuple[tuple[str, Promise, str], ...] = (
    ("status", gettext_lazy("Status"), "credit_memo"),
    ("total", gettext_lazy("Total"), ""),
    ("applied", gettext_lazy("Applied"), ""),
    ("balance", gettext_lazy("Balance"), ""),
    ("invoice_status", gettext_lazy("Status of the invoice"), "invoice"),
    ("invoice_due", gettext_lazy("Due on the invoice"), ""),
    ("left", gettext_lazy("Then still creditable on the invoice"), ""),
    ("afterwards", gettext_lazy("Billing period, if credited in full"), CHOICE),
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
    if kind == CHOICE:
        return format_html("{}", AFTERWARDS.get(value, ""))
    if kind:
        return badge_html(kind, value) if value else SafeString("")
    return amount_html(value, memo.currency)


class OneRequest(MemberView):
    """What the pages of one request share."""

    object: Any

    def queryset(self) -> QuerySet[Approval]:
        """The requests that this member may see."""
        return with_document(requests_for(self.member))

    @cached_property
    def verb(self) -> TwoPersonVerb:
        """What it asks for."""
        return verb_of(self.object)

    @cached_property
    def memo(self) -> CreditMemo | None:
        """The memo whose figures the request holds, if it is about one; other verbs say themselves what they ask."""
        return memo_of(self.object) if self.object.kind == KIND and self.object.snapshot else None

    @property
    def is_mine(self) -> bool:
        """Whether the member asked for it."""
        return bool(self.object.requested_by_id == self.member.user.pk)

    @property
    def may_decide(self) -> bool:
        """Whether the member holds the right to decide about it."""
        return bool(self.member.may(self.verb.permission))

    def back_url(self) -> str:
        """The request's own page."""
        return reverse("creditmemos:approval", args=[self.object.pk])


class ApprovalDetail(OneRequest, ForDeciders, DetailPage):
    """A request with its figures then and now; the decision is offered to everybody but its maker."""

    object_name = "approval"
    obstacle: Refusal | None = None

    @property
    def template_name(self) -> str:  # type: ignore[override]
        """Memos have a page with their lines."""
        return "creditmemos/approval.html" if self.memo else "creditmemos/request.html"

    def actions(self) -> Iterator[Action]:
        """Approve and reject; for the maker, withdraw. Once decided, a draft that came back can be discarded."""
        approval, pk = self.object, [self.object.pk]
        if approval.decision != Approval.Decision.WAITING:
            if self.memo:
                yield from discard(self.memo, self.member)
            return
        if self.is_mine:
            yield from self._alone(pk)
            if self.member.may(WITHDRAW):
                yield Action(
                    _("Withdraw"), reverse("creditmemos:approval_withdraw", args=pk), "arrow-return-left", True
                )
        elif self.may_decide:
            if self.obstacle is None:
                url = reverse("creditmemos:approval_approve", args=pk)
                yield Action(_("Approve"), url, "check-lg", in_dialog=True, tone="primary")
            yield Action(_("Reject"), reverse("creditmemos:approval_reject", args=pk), "x-lg", in_dialog=True)

    @cached_property
    def nobody_else(self) -> bool:
        """Whether the maker may do this alone, since nobody else decides about it."""
        if not self.is_mine or not self.may_decide or self.object.decision != Approval.Decision.WAITING:
            return False
        try:
            check_nobody_else(self.object, actor=self.member.actor, now=timezone.now())
        except Refusal:
            return False
        return True

    def _alone(self, pk: list[int]) -> Iterator[Action]:
        if not self.nobody_else:
            return
        if self.object.mode != Approval.Mode.ALONE:
            url = reverse("creditmemos:approval_alone", args=pk)
            yield Action(_("Act alone"), url, "hourglass-split", in_dialog=True, tone="primary")
        elif self.object.effective_at <= timezone.now() and self.obstacle is None:
            url = reverse("creditmemos:approval_approve", args=pk)
            yield Action(_("Put into effect"), url, "check-lg", in_dialog=True, tone="primary")

    def context(self) -> dict[str, Any]:
        """What is asked for, and what else was asked about the same."""
        shared = {
            "nobody_else": self.nobody_else,
            "title": self.verb.title(self.object),
            "is_mine": self.is_mine,
            "verb": self.verb.label,
            "earlier": list(earlier_requests(self.object)[:20]),
            **self._limit(),
        }
        if self.memo is None:
            return {
                **shared,
                "changes": self.verb.changes(self.object),
                "page": self.verb.page(self.object),
                "consequence": self.verb.consequence(self.object),
            }
        return {
            **shared,
            "memo": self.memo,
            "source_invoices": sources_seen_by(self.member, self.memo),
            "reason_label": self.memo.reason.label(get_language() or "en") if self.memo.reason else "",
            "facts": list(facts(self.object, self.memo)),
            **(self._issue(self.memo) if self.object.verb == ISSUE else {}),
        }

    def _issue(self, memo: CreditMemo) -> dict[str, Any]:
        """What is printed, and what will happen to the credit while that is not known by what did."""
        return {"lines": list(memo.lines.all()), "credit": "" if memo.is_issued else credit_text(memo)}

    def _limit(self) -> dict[str, Any]:
        """The approval limit, and what the maker did alone in the last 24 hours that counts towards it."""
        asked = self.object
        is_counted = asked.amount is not None and asked.company_id is not None and asked.verb != REOPEN
        if asked.decision != Approval.Decision.WAITING or not is_counted:
            return {}
        maker = Actor(marketplace_id=asked.marketplace_id, label=asked.requested_by_name, user_id=asked.requested_by_id)
        return {
            "is_counted": True,
            "limit": self.member.marketplace.settings.approval_threshold,
            "alone_so_far": alone_so_far(payer_id=asked.company_id, actor=maker, now=timezone.now()),
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
            actor, now = self.member.actor, timezone.now()
            if self.may_decide and not self.is_mine:
                self.obstacle = refusal_of(check_approve, self.object, actor=actor, now=now)
            self.obstacle = self.obstacle or self.verb.foresee(self.object, actor, now)
        return super().get(request, *args, **kwargs)


class Decision(OneRequest, VerbView):
    """What the answers share."""

    object_name = "approval"

    def heading(self) -> str:
        """The answer and the question."""
        return f"{self.title}: {self.verb.title(self.object)}"

    @property
    def back_label(self) -> str:  # type: ignore[override]
        """What it asks for, in words."""
        return self.verb.title(self.object)


class Deciding(Decision):
    """An answer of somebody who decides about this verb."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for the right that the verb's deciders hold, once it is known which verb that is."""
        if viewer(request) is not None:
            self.object = one_or_404(self.queryset(), kwargs["pk"])
            self.permission = self.verb.permission
        return super().dispatch(request, *args, **kwargs)


class Approve(Deciding):
    """Do what was asked for."""

    title = gettext_lazy("Approve")
    button = gettext_lazy("Approve")

    def check(self) -> None:
        """Ask the guards of deciding, then those of what is asked for."""
        actor, now = self.member.actor, timezone.now()
        check_approve(self.object, actor=actor, now=now)
        if refusal := self.verb.foresee(self.object, actor, now):
            raise refusal

    def consequence(self) -> str:
        """What will happen at once."""
        return self.verb.consequence(self.object)

    def perform(self, _form: Any) -> object:
        """Approve."""
        return operations.approve(approval=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: object) -> str:
        """What came of it."""
        return self.verb.done(self.object, result)


class ActAlone(Deciding):
    """Say that one does this alone, with the password; it can take effect a day later."""

    title = gettext_lazy("Act alone")
    button = gettext_lazy("Act alone")
    tone = "danger"
    form_class = ConfirmForm

    def form_options(self) -> dict[str, Any]:
        """Whose password."""
        return {"confirm": confirms(self.request)}

    def check(self) -> None:
        """Ask the guards."""
        check_act_alone(self.object, actor=self.member.actor, now=timezone.now())

    def consequence(self) -> str:
        """What happens now, and what a day later."""
        text = _(
            "All staff of the marketplace are notified by mail now and may object. After one day you can "
            "put it into effect here."
        )
        return f"{text} {self.verb.consequence(self.object)}"

    def perform(self, _form: Any) -> Approval:
        """Begin the day."""
        return operations.act_alone(approval=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: Approval) -> str:
        """From when on it can take effect."""
        return _("You can put it into effect from %(moment)s.") % {
            "moment": moment_text(result.effective_at, reader()) if result.effective_at else ""
        }


class RejectForm(PageForm):
    """Why not."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea({"autofocus": True}),
        help_text=gettext_lazy("Shown to the person who made the request."),
    )


class Reject(Deciding):
    """Turn it down."""

    title = gettext_lazy("Reject")
    button = gettext_lazy("Reject")
    tone = "danger"
    form_class = RejectForm

    def check(self) -> None:
        """Ask the guards."""
        check_reject(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What remains."""
        return self.verb.kept(self.object)

    def perform(self, form: Any) -> Approval:
        """Reject."""
        reason = form.cleaned_data["reason"]
        return operations.reject(approval=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, _result: Approval) -> str:
        """Say it."""
        return _("The request has been rejected.")


class Withdraw(Decision):
    """Take one's own request back."""

    permission = WITHDRAW
    title = gettext_lazy("Withdraw")
    button = gettext_lazy("Withdraw")

    def check(self) -> None:
        """Ask the guards."""
        check_withdraw(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What remains."""
        return f"{_('The request is closed without a decision.')} {self.verb.kept(self.object)}"

    def perform(self, _form: Any) -> Approval:
        """Withdraw."""
        return operations.withdraw(approval=self.object, actor=self.member.actor, now=self.now)

    def message(self, _result: Approval) -> str:
        """Say it."""
        return _("The request has been withdrawn.")
