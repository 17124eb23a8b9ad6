"""What a second person is asked about settings, in words: whatever lets people do more alone (I19)."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies.domain.widening import LIMITS
from companies.models import MarketplaceSettings
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.labels import FIELDS
from core.models import Approval
from creditmemos.operations.settings import CHANGE, KIND, setting_approved
from web.activity import value_text

CREDIT = ("credit_limit", "credit_window_days")


def _said(approval: Approval, value: object) -> str:
    if approval.subject in LIMITS and value is None:
        return _("no limit")
    return value_text(approval.subject, value, approval.snapshot["currency"])


def _title(approval: Approval) -> str:
    words = {"setting": FIELDS[approval.subject], "value": _said(approval, approval.arguments[approval.subject])}
    return _("Change “%(setting)s” to %(value)s") % words


def _consequence(approval: Approval) -> str:
    if approval.subject == "allow_alone":
        return _("From then on, people may act alone where nobody else can decide, one day after announcing it.")
    limit = approval.arguments[approval.subject]
    if approval.subject in CREDIT:
        return _of_credit(approval.subject, limit, _said(approval, limit))
    if approval.subject == "small_difference":
        return _("Differences up to %(limit)s may be settled or kept from then on.") % {"limit": _said(approval, limit)}
    if approval.subject == "effective_days_back":
        words = ngettext(
            "Credit without a source invoice may be effective up to %(days)s day in the past from then on.",
            "Credit without a source invoice may be effective up to %(days)s days in the past from then on.",
            limit,
        )
        return words % {"days": limit}
    if limit is None:
        return _("From then on, no amount needs approval.")
    return _("From then on, only amounts above %(limit)s need approval.") % {"limit": _said(approval, limit)}


def _of_credit(subject: str, value: int | None, said: str) -> str:
    if subject == "credit_window_days":
        text = ngettext(
            "Only what will be invoiced within %(days)s day counts against credit limits from then on.",
            "Only what will be invoiced within %(days)s days counts against credit limits from then on.",
            value or 0,
        )
        return text % {"days": value}
    if value is None:
        return _("From then on, companies without a limit of their own may buy for any amount.")
    return _("From then on, companies without a limit of their own may owe up to %(limit)s.") % {"limit": said}


def _changes(approval: Approval) -> list[Change]:
    name = approval.subject
    now = MarketplaceSettings.objects.values_list(name, flat=True).get(pk=approval.object_id)
    values = (approval.snapshot[name], now, approval.arguments[name])
    return [Change(str(FIELDS[name]), *(_said(approval, value) for value in values))]


def _page(_approval: Approval) -> str:
    return reverse("companies:settings")


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        TwoPersonVerb(
            kind=KIND,
            name=CHANGE,
            label=gettext_lazy("Change the settings"),
            perform=setting_approved,
            title=_title,
            consequence=_consequence,
            changes=_changes,
            page=_page,
        )
    )
