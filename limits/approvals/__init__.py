"""What a second person is asked about credit limits: to raise or clear one, and to allow a purchase beyond one."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import amount_text
from core.models import Approval
from limits.domain.policy import LIMIT
from limits.models import CreditLine
from limits.models.line import Mode
from limits.operations import allowing, limiting
from limits.operations.allowing import ALLOW, allow_agreed
from limits.operations.limiting import CHANGE, KIND, Terms, change_agreed, terms_of


def _line(approval: Approval) -> CreditLine:
    return CreditLine.objects.select_related("payer__marketplace").get(pk=approval.object_id)


def terms_text(terms: Terms, currency: str) -> str:
    """What a line says, in words."""
    text = str(Mode(terms.mode).label)
    if terms.mode == LIMIT:
        text = _("prepaid only") if terms.amount == 0 else amount_text(terms.amount or 0, currency)
    return _("%(limit)s, shared with its companies") % {"limit": text} if terms.is_shared else text


def _asked(approval: Approval) -> str:
    currency = approval.company.marketplace.currency if approval.company else ""
    return terms_text(Terms(**approval.arguments["terms"]), currency)


def _changes(approval: Approval) -> list[Change]:
    line = _line(approval)
    currency = line.payer.marketplace.currency
    then = terms_text(Terms(**approval.snapshot["terms"]), currency)
    return [Change(_("Credit limit"), then, terms_text(terms_of(line), currency), _asked(approval))]


def _foresee_change(approval: Approval, actor: Actor, _now: datetime) -> Refusal | None:
    return refusal_of(limiting.check_agreed, approval, _line(approval), actor)


def _foresee_allow(approval: Approval, actor: Actor, now: datetime) -> Refusal | None:
    return refusal_of(allowing.check_agreed, approval, _line(approval), actor, now)


def _amount(approval: Approval) -> str:
    return amount_text(approval.amount or 0, approval.currency)


def _page(approval: Approval) -> str:
    return reverse("limits:panel", args=[approval.company_id])


def _barred(approval: Approval) -> frozenset[int]:
    return frozenset(members_around([approval.company_id])) if approval.company_id else frozenset()


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        TwoPersonVerb(
            kind=KIND, name=CHANGE, label=gettext_lazy("Change the credit limit of"), perform=change_agreed,
            title=lambda approval: _("Change the credit limit of %(company)s") % {"company": approval.company},
            consequence=lambda approval: _("The credit limit of %(company)s is then: %(limit)s.")
            % {"company": approval.company, "limit": _asked(approval)},
            kept=lambda _approval: _("The credit limit stays as it is."),
            foresee=_foresee_change, changes=_changes, page=_page, barred=_barred,
        )
    )  # fmt: skip
    register(
        TwoPersonVerb(
            kind=KIND, name=ALLOW, label=gettext_lazy("Allow once for"), perform=allow_agreed,
            title=lambda approval: _("Allow one purchase of %(company)s beyond its credit limit")
            % {"company": approval.company},
            consequence=lambda approval: _(
                "The next purchase of up to %(amount)s passes the credit limit, within 24 hours."
            ) % {"amount": _amount(approval)},
            kept=lambda _approval: _("The credit limit holds."),
            done=lambda approval, _result: _("Approved. One purchase of up to %(amount)s passes within 24 hours.")
            % {"amount": _amount(approval)},
            foresee=_foresee_allow, page=_page, barred=_barred,
        )
    )  # fmt: skip
