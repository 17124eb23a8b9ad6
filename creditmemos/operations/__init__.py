"""The verbs of credit memos."""

from companies.operations.approvals import approve, reject, withdraw
from creditmemos.operations.adjusting import settle_difference, write_off_invoice
from creditmemos.operations.applying import apply, apply_automatically
from creditmemos.operations.closing import close
from creditmemos.operations.discarding import discard
from creditmemos.operations.dividing import divide
from creditmemos.operations.holding import hold, release
from creditmemos.operations.issuing import issue_ad_hoc, issue_from_invoice, resubmit
from creditmemos.operations.reopening import reopen
from creditmemos.operations.reversing import reverse
from creditmemos.operations.settings import change_settings
from creditmemos.operations.undoing import undo_and_void
from creditmemos.operations.voiding import void

__all__ = [
    "apply",
    "apply_automatically",
    "approve",
    "change_settings",
    "close",
    "discard",
    "divide",
    "hold",
    "issue_ad_hoc",
    "issue_from_invoice",
    "reject",
    "release",
    "reopen",
    "resubmit",
    "reverse",
    "settle_difference",
    "undo_and_void",
    "void",
    "withdraw",
    "write_off_invoice",
]
