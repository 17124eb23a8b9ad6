"""The page of one credit memo, its explanation and its activity; each member sees what the role allows."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.queries.explaining import explain_credits
from core.models import Approval
from creditmemos.domain.balance import REJECTED, UNISSUED
from creditmemos.domain.wording import AFTERWARDS, KIND, PURPOSES, SOURCES, USES
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations import reversing
from creditmemos.queries.adjustments import purpose_shown
from creditmemos.queries.annotated import annotated_memos
from creditmemos.queries.evidence import told_of_memo
from creditmemos.queries.explaining import explain_balance, explain_lines
from creditmemos.queries.history import Move, balance_history
from creditmemos.queries.postings import MOST_POSTINGS, postings_of
from creditmemos.queries.requests import with_names
from creditmemos.queries.sources import divided_into, sources_seen_by
from creditmemos.views.actions import actions_of
from creditmemos.views.held import held_text
from creditmemos.views.parts import bar_of, first_of_kind
from invoices.domain.grouping import grouped
from invoices.domain.tax_rows import tax_rows
from payments.models import Refund
from payments.operations import refunding
from payments.queries.refunds import annotated_refunds
from web.access import is_partial
from web.activity import deeds
from web.views import Action, DetailPage

LINES, MOVES, EXPLAINED, ENTRIES = 100, 50, 20, 50
"""Rows of one page of each table."""


class OneMemo(DetailPage):
    """What the pages of one memo share."""

    permission = "creditmemos.view"
    object_name = "memo"

    def queryset(self) -> QuerySet[CreditMemo]:
        """What the member sees, with its annotations."""
        return annotated_memos(self.member)

    @property
    def is_masked(self) -> bool:
        """Whether only lines of the member's own products may be told."""
        return bool(self.member.is_developer)

    def lines(self) -> QuerySet[CreditMemoLine]:
        """The lines that the member sees, in order."""
        found = CreditMemoLine.objects.filter(memo=self.object).prefetch_related("taxes").order_by("position")
        return found.filter(vendor_id=self.member.company.pk) if self.is_masked else found

    def heading(self) -> str:
        """The number, or what a memo without one is."""
        return self.object.number or _("Credit memo draft")


class MemoPage(OneMemo):
    """Everything about one memo."""

    template_name = "creditmemos/detail.html"

    def queryset(self) -> QuerySet[CreditMemo]:
        """Also with whether anybody tried to pay it out."""
        return super().queryset().annotate(has_refunds=Exists(Refund.objects.filter(memo=OuterRef("pk"))))

    def actions(self) -> Iterable[Action]:
        """By status and role."""
        return actions_of(self.object, self.member)

    @cached_property
    def history(self) -> list[Move]:
        """The moves of the balance; developers see none, as they tell the document's amounts."""
        return [] if self.is_masked else balance_history(self.object)

    def context(self) -> dict[str, Any]:
        """Lines, sums, history and facts."""
        memo, lines = self.object, list(self.lines())
        line_page = Paginator(lines, LINES).get_page(self.request.GET.get("lines"))
        move_pages = Paginator(self.history, MOVES)
        move_page = move_pages.get_page(self.request.GET.get("history") or move_pages.num_pages)
        return {
            "title": self.heading(),
            "groups": grouped(line_page),
            "line_page": line_page,
            "net": sum(line.net for line in lines),
            "tax": sum(line.tax for line in lines),
            "gross": sum(line.gross for line in lines),
            "tax_rows": tax_rows(lines),
            "moves": first_of_kind(move_page),
            "move_page": move_page,
            "bar": [] if self.is_masked else bar_of(memo),
            "is_masked": self.is_masked,
            "is_draft": memo.status in UNISSUED,
            "may_reverse": reversing.takes_back(memo) and not memo.is_own and self.member.may(reversing.PERMISSION),
            "reversible": {move.application_id for move in move_page if self._may_undo(move)},
            "sees_reason": self._sees_reason(),
            "sees_activity": self.member.may("audit.view"),
            "purpose": purpose_shown(memo, self.member),
            "sees_documents": self._sees_documents(),
            "sees_companies": self.member.may("companies.view"),
            "source": SOURCES[memo.source],
            "source_invoices": sources_seen_by(self.member, memo),
            "divided_into": divided_into(memo, self.member),
            "use": USES[memo.use],
            "afterwards": AFTERWARDS.get(memo.afterwards, ""),
            "reason_label": self._reason(),
            "rejection": self._rejection(),
            **self._refunds(),
            "held": held_text(memo, self.member),
        }

    def _sees_reason(self) -> bool:
        """Why a debt is given up is told to staff alone: a reseller may be the debtor."""
        is_told = self.member.is_staff_side or not self.object.is_adjustment
        return is_told and self.member.may("creditmemos.view_reason")

    def _sees_documents(self) -> bool:
        """Whether there is a PDF that the member may have; adjustments have none."""
        memo = self.object
        is_printed = memo.is_issued and not memo.is_adjustment
        return is_printed and not self.is_masked and self.member.may("documents.download")

    def _refunds(self) -> dict[str, Any]:
        """Each attempt at paying it out, those that failed too, for those who see payments."""
        memo, member = self.object, self.member
        shows = memo.has_refunds and not self.is_masked and member.may("payments.view")
        return {
            "refunds": list(annotated_refunds(member).filter(memo=memo).order_by("pk")) if shows else [],
            "refunds_title": _("Payouts"),
            "may_refund": not memo.is_own and member.may(refunding.PERMISSION),
            "sees_refund_notes": member.is_staff_side,
        }

    @staticmethod
    def _may_undo(move: Move) -> bool:
        return move.is_live and move.invoice is not None and reversing.gives_back(move.invoice)

    def _reason(self) -> str:
        """The reason's label, as it was called when the memo was issued; of an adjustment, what it is for."""
        if self.object.is_adjustment:
            return str(PURPOSES[self.object.purpose])
        reason, then = self.object.reason, self.object.reason_labels_then
        return reason.label(get_language() or "en", then=then) if reason else ""

    def _rejection(self) -> Approval | None:
        """Why a rejected draft came back."""
        if self.object.status != REJECTED:
            return None
        asked = Approval.objects.filter(kind=KIND, object_id=self.object.pk, decision="rejected")
        return with_names(asked).order_by("-decided_at").first()


class Part(OneMemo):
    """A section that the page fetches when it is looked at, and a page of its own without JavaScript."""

    part_template = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The section alone for htmx, else the page around it."""
        self.template_name = self.part_template if is_partial(request) else "creditmemos/part.html"
        return super().get(request, *args, **kwargs)


class Explain(Part):
    """How each figure came about."""

    part_template = "creditmemos/_explain.html"

    def context(self) -> dict[str, Any]:
        """Lines worked out again, the balance, and the journal for those who keep the books."""
        memo = self.object
        related = self.lines().select_related("invoice_line__invoice").prefetch_related("taxes__invoice_tax")
        lines = Paginator(list(related), EXPLAINED).get_page(self.request.GET.get("lines"))
        keeps_books = self.member.is_staff_side
        if memo.source == CreditMemo.Source.AUTOMATIC:
            explain_credits(lines, memo.currency)
        return {
            "title": _("%(memo)s explained") % {"memo": self.heading()},
            "explained": explain_lines(memo, lines, is_masked=self.is_masked),
            "line_page": lines,
            "balance": [] if self.is_masked else explain_balance(memo),
            "postings": postings_of(memo) if keeps_books else [],
            "most_postings": MOST_POSTINGS,
            "keeps_books": keeps_books,
        }


class Activity(Part):
    """Who did what with the memo and its documents, in words."""

    permission = "audit.view"
    part_template = "creditmemos/_activity.html"

    def context(self) -> dict[str, Any]:
        """Audit rows, newest first."""
        memo = self.object
        page = Paginator(told_of_memo(memo), ENTRIES).get_page(self.request.GET.get("entries"))
        return {
            "title": _("Activity of %(memo)s") % {"memo": self.heading()},
            "entries": deeds(page, memo.currency),
            "entry_page": page,
        }
