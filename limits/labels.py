"""The words of credit limits: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core import things
from core.labels import Badge, Place, Section, register, say
from core.things import Thing, column
from limits.models import CheckoutToken
from limits.models.line import Mode
from limits.operations.limiting import KIND

VERBS = {
    "credit_limit.changed": _("Changed the credit limit"),
    "credit_limit.allowed_once": _("Allowed one purchase beyond the credit limit"),
    "checkout_token.made": _("Made a checkout token"),
    "checkout_token.revoked": _("Revoked a checkout token"),
    "request.change_limit_requested": _("Asked to change the credit limit"),
    "request.allow_once_requested": _("Asked to allow one purchase beyond the credit limit"),
}
FIELDS = {
    "limit_mode": _("Credit limit of"),
    "credit_limit": _("Credit limit"),
    "limit_is_shared": _("Shared with its companies"),
    "credit_window_days": _("Days ahead that count against credit limits"),
    "ending": _("Ends with"),
}
BADGES = {
    "credit_line": {
        "blocked": Badge("bad", "slash-circle", _("Blocked")),
        "over": Badge("bad", "exclamation-triangle-fill", _("Over the limit")),
        "near": Badge("warn", "exclamation-triangle-fill", _("Near the limit")),
        "within": Badge("good", "check-circle-fill", _("Within the limit")),
        "unlimited": Badge("quiet", "dash-circle", _("No limit")),
    },
    "credit_check": {
        "allowed": Badge("good", "check-circle-fill", _("Allowed")),
        "once": Badge("info", "check-circle", _("Allowed once")),
        "refused": Badge("bad", "x-circle", _("Refused")),
    },
}
PLACES = [
    Place(Section.BILLING, 32, _("Credit limits"), "limits:list", "speedometer2", "limits.change"),
    Place(Section.SETTINGS, 150, _("Checkout tokens"), "limits:tokens", "shield-lock", "settings.view"),
]


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(
        Thing(
            KIND, _("Credit limit"), name=column(Company.objects.all(), "name"), page="limits:panel",
            permission="limits.view",
        ),
        Thing(
            "checkouttoken", _("Checkout token"), name=column(CheckoutToken.objects.all(), "name"),
            page="limits:tokens", by="", permission="settings.view",
        ),
    )  # fmt: skip
    register(verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES, amounts={"credit_limit"}, silent={"terms"})
    modes = dict(Mode.choices)
    say("limit_mode", lambda code: str(modes.get(code, code)))
