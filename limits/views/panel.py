"""What counts against a company's credit limit, addend by addend, each with its rows; and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company
from companies.queries.people import name_at
from companies.queries.two_person import waiting_about
from core.errors import Refusal, refusal_of
from limits.approvals import terms_text
from limits.domain.exposure import Exposure
from limits.models import CreditCheck, CreditLineChange, Reservation
from limits.operations import allowing, limiting
from limits.operations.standing import standing_of, state_of
from limits.operations.weighing import Scale, found_now, scale_of
from limits.queries.exposure import Asked, Found, exposure_of, own, rows_of
from limits.queries.payers import payers_for
from web.access import is_partial
from web.views import Action, DetailPage

MOST = 25
MOST_ROWS = 500
WORDS: dict[str, Promise] = {
    "dues": gettext_lazy("Invoices due"),
    "pending": gettext_lazy("Payments on their way"),
    "periods": gettext_lazy("Subscriptions, to be invoiced"),
    "events": gettext_lazy("Orders and changes, to be invoiced"),
    "reserved": gettext_lazy("Reserved for purchases"),
    "credit": gettext_lazy("Credit memos"),
    "carried": gettext_lazy("Carried over (V1)"),
    "on_account": gettext_lazy("Money on account"),
}
TAKEN_OFF = {"pending", "credit", "carried", "on_account"}


@dataclass(frozen=True, slots=True)
class Line:
    """One addend of the sum as it counts, in minor units, and the address of its rows."""

    label: str
    amount: int
    url: str


class CompanyCredit(DetailPage):
    """What the panel and the list of an addend share: a company that the member sees as payer."""

    permission = "limits.view"
    object_name = "company"

    def queryset(self) -> QuerySet[Company]:
        """Staff see all; others their own company alone, as the line is about what it owes."""
        return payers_for(self.member).select_related("marketplace__settings")

    @cached_property
    def scale(self) -> Scale:
        """The lines that decide, as they are."""
        company = self.object
        settings = company.marketplace.settings
        return scale_of(company.pk, company.marketplace_id, now=timezone.now(), locked=False, settings=settings)

    def asked(self) -> Asked:
        """Whose rows."""
        return Asked(own(self.object.pk), self.scale.now, self.scale.through)


class StandingPart(CompanyCredit):
    """Limit and room in short: what a company's page fetches when it is looked at, and a page of its own."""

    def queryset(self) -> QuerySet[Company]:
        """With the line."""
        return super().queryset().select_related("credit_line")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The figures alone for htmx, else the page around them."""
        self.template_name = "limits/_standing.html" if is_partial(request) else "limits/standing.html"
        return super().get(request, *args, **kwargs)

    def context(self) -> dict[str, Any]:
        """Where it stands now."""
        title = _("Credit limit of %(company)s") % {"company": self.object}
        return {"title": title, "credit": standing_of(self.object, now=timezone.now())}


class CreditPanel(CompanyCredit):
    """The sum, the limit and the room; what is reserved, what was refused, and how the limit came about."""

    template_name = "limits/panel.html"

    @cached_property
    def found(self) -> tuple[Found, int | None] | Refusal:
        """What counts, or why that can't be told."""
        try:
            with transaction.atomic():
                return found_now(self.scale)
        except Refusal as refusal:
            return refusal

    def actions(self) -> Iterable[Action]:
        """By role, and what can be done."""
        line, member, args = self.scale.line, self.member, [self.object.pk]
        if self.may_allow:
            yield Action(_("Allow once"), reverse("limits:allow", args=args), "check-circle", in_dialog=True)
        if member.may(limiting.PERMISSION) and self.may_change:
            yield Action(_("Change limit"), reverse("limits:change", args=args), "pencil")
            if limiting.may_block(line):
                yield Action(_("Block credit"), reverse("limits:block", args=args), "slash-circle", in_dialog=True)
            if limiting.may_unblock(line):
                yield Action(_("Unblock credit"), reverse("limits:unblock", args=args), "play-circle", in_dialog=True)

    @cached_property
    def may_change(self) -> bool:
        """Whether nobody's own company is concerned."""
        return refusal_of(limiting.check_change, self.scale.line, actor=self.member.actor) is None

    @cached_property
    def may_allow(self) -> bool:
        """Whether there is a limit to pass, for who may."""
        return self.member.may(allowing.PERMISSION) and allowing.may_allow(self.scale) and self.may_change

    def lines(self, parts: Mapping[str, int]) -> list[Line]:
        """Each addend as it counts."""
        return [
            Line(
                str(WORDS[name]),
                -amount if name in TAKEN_OFF else amount,
                reverse("limits:addend", args=[self.object.pk, name]),
            )
            for name, amount in parts.items()
            if amount
        ]

    def context(self) -> dict[str, Any]:
        """The sum, the limit, and what happened."""
        scale, line = self.scale, self.scale.line
        is_staff = self.member.is_staff_side
        if isinstance(self.found, Refusal):
            parts = exposure_of(self.object.pk, now=scale.now, through=scale.through).parts
            unknown, exposure, total = self.found.message, Exposure(), None
        else:
            (exposure, _unknown, parts), total = self.found
            unknown = ""
        limit = scale.policy.limit
        return {
            "title": _("Credit limit of %(company)s") % {"company": self.object},
            "currency": scale.currency,
            "lines": self.lines(parts),
            "total": exposure.total,
            "unknown": unknown,
            "limit": limit,
            "room": None if limit is None else limit - exposure.total,
            "state": state_of(scale.policy, exposure.total),
            "says": terms_text(limiting.terms_of(line), scale.currency),
            "group": scale.group,
            "group_limit": scale.group_policy.limit,
            "group_total": total,
            "through": scale.through,
            "is_staff": is_staff,
            "waiting": waiting_about(limiting.KIND, line.pk) if is_staff else [],
            "reservations": Reservation.objects.live(scale.now).filter(line=line).order_by("expires_at")[:MOST],
            "checks": _checks(line.pk) if is_staff else [],
            "changes": _changes(line.pk, scale.currency) if is_staff else [],
            "may_allow": self.may_allow,
        }


def _checks(line_id: int) -> list[tuple[CreditCheck, str]]:
    """The last answers, each with the code of its badge."""
    rows = CreditCheck.objects.filter(line_id=line_id).order_by("-pk")[:MOST]
    return [(row, _answer(row)) for row in rows]


def _answer(row: CreditCheck) -> str:
    if not row.is_allowed:
        return "refused"
    return "once" if row.allowance_id else "allowed"


def _changes(line_id: int, currency: str) -> list[tuple[Any, str]]:
    rows = CreditLineChange.objects.filter(line_id=line_id).annotate(
        by=name_at("changed_by_id", "changed_at"), agreed_by=name_at("approved_by_id", "changed_at")
    )
    return [
        (row, terms_text(limiting.Terms(row.mode, row.amount, row.is_shared), currency))
        for row in rows.order_by("-version")[:MOST]
    ]


class AddendRows(CompanyCredit):
    """The rows of one addend: what they are called, when, and what of each counts."""

    template_name = "limits/addend.html"

    def context(self) -> dict[str, Any]:
        """The rows with their sum."""
        name = str(self.kwargs["name"])
        if name not in WORDS:
            raise Http404
        rows = rows_of(name, self.asked()).order_by("pk")
        total = rows.aggregate(sum=Sum("counts"))["sum"] or 0
        return {
            "title": _("%(what)s of %(company)s") % {"what": WORDS[name], "company": self.object},
            "rows": [_row(name, row, is_staff=self.member.is_staff_side) for row in rows[:MOST_ROWS]],
            "more": rows.count() > MOST_ROWS,
            "total": total,
            "currency": self.scale.currency,
        }


def _row(name: str, row: Any, *, is_staff: bool) -> tuple[str, str, Any, int]:
    """What a row is called, its address, its day, and what of it counts."""
    if name in ("dues", "pending", "carried"):
        return str(row), reverse("invoices:detail", args=[row.pk]), row.document_date, row.counts
    if name == "credit":
        return str(row), reverse("creditmemos:detail", args=[row.pk]), row.document_date, row.counts
    if name == "on_account":
        return str(row), reverse("payments:detail", args=[row.pk]), row.value_date, row.counts
    if name == "periods":
        return str(row.product), reverse("subscriptions:detail", args=[row.pk]), row.due_on, row.counts
    if name == "events":
        label = f"{row.kind_text} {row.description or row.key}"
        return label, reverse("billing:event", args=[row.pk]) if is_staff else "", row.day, row.counts
    return row.subject or row.key, "", row.created_at.date(), row.counts
