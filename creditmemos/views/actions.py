"""What can be done with a memo now, by its status and the member's role; the likeliest first."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from creditmemos.domain.balance import CLOSED, DRAFTS, EDITABLE, FULLY, OPEN, PARTIALLY, UNAPPLIED
from creditmemos.domain.wording import CLOSE, REOPEN
from web.views import Action


def actions_of(memo: Any, member: Any) -> Iterator[Action]:
    """The buttons of a memo that came with its standing; nothing that its guards would refuse."""
    if memo.status in DRAFTS:
        yield from _of_draft(memo, member)
        return
    is_free = memo.status in OPEN and not memo.payout_pending
    if is_free and member.may("creditmemos.apply", memo):
        yield Action(_("Apply"), _url("apply", memo), "arrow-left-right", key="a", tone="primary")
    if memo.is_own:
        return
    if memo.status in OPEN and member.may("creditmemos.hold"):
        yield _release(memo) if memo.on_hold else _hold(memo)
    yield from _endings(memo, member, is_free=is_free)


def _of_draft(memo: Any, member: Any) -> Iterator[Action]:
    if memo.status in EDITABLE:
        if member.may("creditmemos.create") and not memo.is_own:
            yield Action(_("Edit and send again"), _url("edit", memo), "pencil", key="e", tone="primary")
        if not memo.is_own:
            yield from discarding(memo, member)
    elif memo.waiting_by == member.user.pk and member.may("creditmemos.withdraw"):
        yield Action(_("Withdraw"), _url("approval_withdraw", memo.waiting_id), "arrow-return-left", in_dialog=True)
    elif member.may("creditmemos.approve"):
        yield Action(_("Decide"), _url("approval", memo.waiting_id), "clipboard-check", tone="primary")


def discarding(memo: Any, member: Any) -> Iterator[Action]:
    """The button that gives a draft up, where there is one to give up."""
    if memo.status in EDITABLE and member.may("creditmemos.create"):
        yield Action(_("Discard"), _url("discard", memo), "trash", in_dialog=True)


def _endings(memo: Any, member: Any, *, is_free: bool) -> Iterator[Action]:
    if memo.status == UNAPPLIED and is_free and member.may("creditmemos.void", memo):
        yield Action(_("Void"), _url("void", memo), "slash-circle", in_dialog=True)
    if memo.status in (PARTIALLY, FULLY) and member.may("creditmemos.undo_and_void"):
        yield Action(_("Undo and void"), _url("undo_and_void", memo), "arrow-counterclockwise", in_dialog=True)
    if is_free and closable(memo) and member.may("creditmemos.close"):
        yield Action(_("Close"), _url("close", memo), "lock", in_dialog=True)
    if memo.status == CLOSED and memo.waiting_verb != REOPEN and member.may("creditmemos.reopen"):
        yield Action(_("Reopen"), _url("reopen", memo), "unlock", in_dialog=True)


def closable(memo: Any) -> bool:
    """Whether the marketplace closes memos, and nobody was asked to close this one already."""
    return bool(memo.marketplace.settings.allow_close) and memo.waiting_verb != CLOSE


def _hold(memo: Any) -> Action:
    return Action(_("Hold"), _url("hold", memo), "pause-fill", in_dialog=True)


def _release(memo: Any) -> Action:
    return Action(_("Release"), _url("release", memo), "play-circle", in_dialog=True)


def _url(name: str, target: Any) -> str:
    return reverse(f"creditmemos:{name}", args=[getattr(target, "pk", target)])
