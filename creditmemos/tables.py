"""The columns of the credit memo list; developers get the sum of their own lines instead of the document's amounts."""

from typing import Any

from babel import Locale
from django.db.models import Q
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from core.labels import badge_text
from creditmemos.domain.adjustments import ADJUSTMENTS, badge_of
from creditmemos.domain.balance import OPEN, VOIDED
from creditmemos.domain.wording import SOURCES
from creditmemos.models import CreditMemo
from web.badges import badge_html
from web.tables import (
    NOT_ISSUED,
    AmountColumn,
    Aside,
    Column,
    DayColumn,
    KeyColumn,
    LinkColumn,
    StatusColumn,
    Table,
    Writer,
)

YES, NO = _("Yes"), _("No")
OWN_SUM = "own_sum"
"""The annotation with a developer's own lines, net and tax, in minor units."""
DOCUMENT_SUMS = ("total", "applied", "paid_out", "written_off", "balance")


def shown_status(memo: CreditMemo) -> str:
    """The status to show: a payout on its way hides what the memo was before."""
    return "payout_pending" if memo.payout_pending else str(memo.status)


class SourceColumn(Column):
    """How the memo came about, in words."""

    def writer(self, _locale: Locale) -> Writer:
        """The word, escaped once per source."""
        cells = {code: f"{self.opening}{escape(label)}</td>" for code, label in SOURCES.items()}
        empty = self.empty
        return lambda record: cells.get(record.source, empty)

    def exported(self, record: Any) -> object:
        """The word."""
        return str(SOURCES.get(record.source, record.source))


class ReasonColumn(Column):
    """The reason in the reader's language."""

    def writer(self, _locale: Locale) -> Writer:
        """The label, or a dash."""
        language, opening, empty = get_language() or "en", self.opening, self.empty

        def write(record: Any) -> str:
            return f"{opening}{escape(record.reason.label(language))}</td>" if record.reason_id else empty

        return write

    def exported(self, record: Any) -> object:
        """The label."""
        return record.reason.label(get_language() or "en") if record.reason_id else ""


class MemoStatusColumn(StatusColumn):
    """The status, and beside it whether open credit is on hold, and what an adjustment is for."""

    def __init__(self, *args: Any, is_staff: bool = False, **options: Any) -> None:
        super().__init__(*args, kind="credit_memo", **options)
        self.is_staff = is_staff

    def writer(self, _locale: Locale) -> Writer:
        """One badge, or two."""
        opening, kind = self.opening, self.kind
        held = badge_html(kind, "on_hold")
        purposes = {code: f" {badge_html(kind, badge_of(code, is_staff=self.is_staff))}" for code in ADJUSTMENTS}

        def write(record: Any) -> str:
            mark = f" {held}" if record.on_hold and record.status in OPEN else ""
            purpose = purposes.get(record.purpose, "")
            return f"{opening}{badge_html(kind, shown_status(record))}{mark}{purpose}</td>"

        return write

    def exported(self, record: Any) -> object:
        """The word."""
        return badge_text(self.kind, shown_status(record))


class PurposeColumn(Column):
    """What an adjustment is for, in files; empty for ordinary credit."""

    def __init__(self, *args: Any, is_staff: bool = False, **options: Any) -> None:
        super().__init__(*args, accessor="purpose", in_files_only=True, **options)
        self.is_staff = is_staff

    def exported(self, record: Any) -> object:
        """The word."""
        if not record.is_adjustment:
            return ""
        return badge_text("credit_memo", badge_of(record.purpose, is_staff=self.is_staff))


class HoldColumn(Column):
    """Whether open credit is on hold, in files."""

    def exported(self, record: Any) -> object:
        """Yes or no."""
        return str(YES if record.on_hold and record.status in OPEN else NO)


class MemoTable(Table):
    """Credit memos; every sortable column has an index of its own, led by the marketplace.

    Total less voided, applied, paid out and written off is the balance; what is not issued is in none of them.
    """

    asides = (
        Aside(_("Of which voided"), Q(status=VOIDED), lambda memo: memo.status == VOIDED, counted=True),
        NOT_ISSUED,
    )

    number = KeyColumn(
        _("Number"),
        url_name="creditmemos:detail",
        otherwise=_("Draft"),
        order_by="sequence",
        initial_sort_descending=True,
    )
    date = DayColumn(_("Date"), accessor="document_date", order_by="document_date")
    company = LinkColumn(
        _("Company"), accessor="payer", url_name="companies:detail", text="payer_name", order_by="payer_name"
    )
    company_name = Column(_("Company"), accessor="payer_name", order_by="payer_name")
    customer = Column(_("Billed user"), accessor="billed_user_name", spare=True)
    source = SourceColumn(_("Source"), spare=True)
    reason = ReasonColumn(_("Reason"), permission="creditmemos.view_reason", wide_only=True)
    total = AmountColumn(_("Total"), order_by="total", total=True, below=True)
    applied = AmountColumn(_("Applied"), total=True, wide_only=True)
    paid_out = AmountColumn(_("Paid out"), total=True, wide_only=True)
    written_off = AmountColumn(_("Written off"), total=True, wide_only=True)
    balance = AmountColumn(_("Balance"), order_by="balance", total=True)
    own_sum = AmountColumn(_("Own products"), total=True)
    status = MemoStatusColumn(_("Status"), is_staff=True)
    customer_status = MemoStatusColumn(_("Status"), accessor="status")
    currency = Column(_("Currency"), in_files_only=True)
    hold = HoldColumn(_("On hold"), accessor="on_hold", in_files_only=True)
    purpose = PurposeColumn(_("Adjustment"), is_staff=True)
    customer_purpose = PurposeColumn(_("Adjustment"))

    @classmethod
    def columns_for(cls, member: Member) -> list[Column]:
        """Document sums for all but developers, who see what their own lines add up to; links where they lead on."""
        hidden = set(DOCUMENT_SUMS) if getattr(member, "is_developer", False) else {OWN_SUM}
        hidden.add("company_name" if member.may("companies.view") else "company")
        hidden |= {"customer_status", "customer_purpose"} if member.is_staff_side else {"status", "purpose"}
        hidden |= {"customer_purpose"} if member.is_developer else set()  # No line of an adjustment is a vendor's.
        return [column for column in super().columns_for(member) if column.name not in hidden]
