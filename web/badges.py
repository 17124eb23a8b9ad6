"""What every status looks like: a tone, an icon and a word, so that colour never speaks alone."""

from functools import lru_cache
from typing import NamedTuple

from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from web.icons import NAMES


class Badge(NamedTuple):
    """How one status is shown; the tones are good, info, warn, bad, quiet and plain (see `static/css/offset.css`)."""

    tone: str
    icon: str
    label: str | Promise


BADGES: dict[str, dict[str, Badge]] = {
    "creditmemo": {
        "draft": Badge("plain", "pencil", _("Draft")),
        "awaiting_approval": Badge("warn", "hourglass-split", _("Awaiting approval")),
        "rejected": Badge("bad", "x-circle", _("Rejected")),
        "discarded": Badge("quiet", "trash", _("Discarded")),
        "unapplied": Badge("info", "circle", _("Unapplied")),
        "partially_applied": Badge("info", "circle-half", _("Partially applied")),
        "fully_applied": Badge("good", "check-circle-fill", _("Fully applied")),
        "paid_out": Badge("good", "cash-stack", _("Paid out")),
        "payout_pending": Badge("warn", "hourglass-split", _("Payout pending")),
        "closed": Badge("quiet", "lock-fill", _("Closed")),
        "voided": Badge("quiet", "slash-circle", _("Voided")),
        "on_hold": Badge("warn", "pause-fill", _("On hold")),
    },
    "invoice": {
        "draft": Badge("plain", "pencil", _("Draft")),
        "unpaid": Badge("info", "circle", _("Unpaid")),
        "overdue": Badge("bad", "exclamation-triangle-fill", _("Overdue")),
        "pending": Badge("warn", "hourglass-split", _("Pending")),
        "paid": Badge("good", "check-circle-fill", _("Paid")),
        "settled_by_credit": Badge("good", "check-circle-fill", _("Settled by credit")),
        "paid_and_credited": Badge("good", "check-circle-fill", _("Paid and credited")),
        "carried": Badge("quiet", "arrow-right", _("Carried")),
        "void": Badge("quiet", "slash-circle", _("Void")),
    },
    "approval": {
        "waiting": Badge("warn", "hourglass-split", _("Waiting")),
        "alone": Badge("warn", "exclamation-triangle-fill", _("Alone, after a day")),
        "approved": Badge("good", "check-circle-fill", _("Approved")),
        "rejected": Badge("bad", "x-circle", _("Rejected")),
        "withdrawn": Badge("quiet", "arrow-return-left", _("Withdrawn")),
    },
    "work": {
        "queued": Badge("plain", "clock", _("Queued")),
        "waiting": Badge("plain", "clock", _("Waiting")),
        "working": Badge("info", "hourglass-split", _("Being made")),
        "ready": Badge("good", "check-circle-fill", _("Ready")),
        "sent": Badge("good", "envelope-check", _("Sent")),
        "retrying": Badge("warn", "arrow-repeat", _("Trying again")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
    },
    "company": {
        "customer": Badge("plain", "building", _("Customer")),
        "reseller": Badge("info", "shop", _("Reseller")),
        "vendor": Badge("plain", "code", _("Vendor")),
        "operator": Badge("quiet", "house", _("Operator")),
        "inactive": Badge("quiet", "slash-circle", _("Inactive")),
    },
    "member": {
        "active": Badge("good", "check-lg", _("Active")),
        "invited": Badge("warn", "hourglass-split", _("Invited")),
        "ended": Badge("quiet", "slash-circle", _("Ended")),
    },
    "subscription": {
        "active": Badge("good", "check-lg", _("Active")),
        "cancelled": Badge("quiet", "slash-circle", _("Cancelled")),
        "inactive": Badge("quiet", "slash-circle", _("Not sold")),
    },
    "event": {
        "pending": Badge("plain", "clock", _("Waiting for a run")),
        "billed": Badge("good", "check-circle-fill", _("Billed")),
        "nothing": Badge("quiet", "dash-circle", _("Nothing to bill")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
        "asked": Badge("warn", "hourglass-split", _("Waits for approval")),
        "rejected": Badge("quiet", "x-circle", _("Rejected")),
    },
    "run": {
        "collecting": Badge("info", "hourglass-split", _("Collecting")),
        "running": Badge("info", "hourglass-split", _("Running")),
        "finished": Badge("good", "check-circle-fill", _("Finished")),
        "stopped": Badge("warn", "slash-circle", _("Stopped")),
        "waiting": Badge("plain", "clock", _("Waiting")),
        "issued": Badge("info", "receipt", _("Issued")),
        "done": Badge("good", "check-lg", _("Done")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
    },
    "import": {
        "waiting": Badge("plain", "clock", _("Waiting")),
        "reading": Badge("info", "hourglass-split", _("Being read")),
        "stopped": Badge("warn", "pause-fill", _("Stopped")),
        "done": Badge("good", "check-circle-fill", _("Read")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
    },
    "template": {
        "active": Badge("good", "printer", _("Prints now")),
        "published": Badge("quiet", "check-lg", _("Published")),
        "draft": Badge("plain", "pencil", _("Never published")),
        "changed": Badge("info", "pencil", _("Draft has changes")),
    },
    "switch": {
        "on": Badge("good", "check-lg", _("On")),
        "off": Badge("quiet", "x-lg", _("Off")),
    },
}
UNKNOWN_ICON = "question-circle"


def icon_html(name: str, extra: str = "") -> SafeString:
    """The icon as a reference into the sprite, hidden from screen readers; KeyError for a name that it lacks."""
    if name not in NAMES:
        raise KeyError(f"no icon {name!r}: add it to web/icons.py and run manage.py build_icons")
    return _icon_html(name, extra)


@lru_cache(maxsize=1024)
def _icon_html(name: str, extra: str) -> SafeString:
    css = f"icon {extra}" if extra else "icon"
    source = static("img/icons.svg")
    return mark_safe(f'<svg class="{escape(css)}" aria-hidden="true"><use href="{source}#{name}"/></svg>')  # noqa: S308


def badge_html(kind: str, state: str, *, label: str = "") -> SafeString:
    """A status badge; ``label`` replaces the table's word. A status that the table does not know shows as itself."""
    return _badge_html(kind, state, label, get_language() or "")


@lru_cache(maxsize=2048)
def _badge_html(kind: str, state: str, label: str, _language: str) -> SafeString:
    badge = BADGES.get(kind, {}).get(state) or Badge("plain", UNKNOWN_ICON, state.replace("_", " "))
    text = escape(label or badge.label)
    return mark_safe(f'<span class="state state-{badge.tone}">{icon_html(badge.icon)}{text}</span>')  # noqa: S308


def badge_text(kind: str, state: str) -> str:
    """The badge's word alone, for exports."""
    badge = BADGES.get(kind, {}).get(state)
    return str(badge.label) if badge else state
