"""What can be done with a memo now, as its verbs say, and by the member's role; the likeliest first."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from creditmemos.domain.balance import DRAFTS
from creditmemos.operations import applying, closing, discarding, dividing, drafts, holding, reopening, undoing, voiding
from creditmemos.operations.requesting import APPROVE, WITHDRAW
from payments.operations import paying_out_used, refunding
from web.views import Action


def actions_of(memo: Any, member: Any) -> Iterator[Action]:
    """The buttons of a memo that came with its annotations; nothing that its guards would refuse."""
    if memo.status in DRAFTS:
        yield from _of_draft(memo, member)
        return
    if applying.may_use(memo) and member.may(applying.PERMISSION, memo):
        yield Action(_("Apply"), _url("apply", memo), "arrow-left-right", key="a", tone="primary")
    if memo.is_own:
        return
    if member.may(holding.PERMISSION):
        yield from _hold_or_release(memo)
    yield from _endings(memo, member)


def _of_draft(memo: Any, member: Any) -> Iterator[Action]:
    if drafts.may_edit(memo):
        if member.may(drafts.PERMISSION) and not memo.is_own:
            yield Action(_("Edit and resubmit"), _url("edit", memo), "pencil", key="e", tone="primary")
        if not memo.is_own:
            yield from discard(memo, member)
    elif memo.waiting_by == member.user.pk and member.may(WITHDRAW):
        yield Action(_("Withdraw"), _url("approval_withdraw", memo.waiting_id), "arrow-return-left", in_dialog=True)
    elif member.may(APPROVE):
        yield Action(_("Decide"), _url("approval", memo.waiting_id), "clipboard-check", tone="primary")


def discard(memo: Any, member: Any) -> Iterator[Action]:
    """The button that gives a draft up, where there is one to give up."""
    if discarding.may_discard(memo) and member.may(discarding.PERMISSION):
        yield Action(_("Discard"), _url("discard", memo), "trash", in_dialog=True)


def _hold_or_release(memo: Any) -> Iterator[Action]:
    if holding.may_release(memo):
        yield Action(_("Release hold"), _url("release", memo), "play-circle", in_dialog=True)
    if holding.may_hold(memo):
        yield Action(_("Hold credit"), _url("hold", memo), "pause-fill", in_dialog=True)


def _endings(memo: Any, member: Any) -> Iterator[Action]:
    if voiding.may_void(memo) and member.may(voiding.PERMISSION, memo):
        yield Action(_("Void"), _url("void", memo), "slash-circle", in_dialog=True)
    if dividing.may_divide(memo) and member.may(dividing.PERMISSION):
        yield Action(_("Divide"), _url("divide", memo), "layers", in_dialog=True)
    if undoing.may_undo_and_void(memo) and member.may(undoing.PERMISSION):
        yield Action(_("Reverse and void"), _url("undo_and_void", memo), "arrow-counterclockwise", in_dialog=True)
    if refunding.may_pay_out(memo) and member.may(refunding.PERMISSION):
        yield Action(_("Pay out"), reverse("payments:pay_out", args=[memo.pk]), "cash-stack", in_dialog=True)
    if paying_out_used.may_pay_out_used(memo) and member.may(paying_out_used.PERMISSION):
        yield Action(_("Pay out"), reverse("payments:pay_out_used", args=[memo.pk]), "cash-stack", in_dialog=True)
    if closing.may_close(memo, memo.marketplace.settings) and member.may(closing.PERMISSION):
        yield Action(_("Close"), _url("close", memo), "lock", in_dialog=True)
    if reopening.may_reopen(memo) and member.may(reopening.PERMISSION):
        yield Action(_("Reopen"), _url("reopen", memo), "unlock", in_dialog=True)


def _url(name: str, target: Any) -> str:
    return reverse(f"creditmemos:{name}", args=[getattr(target, "pk", target)])
