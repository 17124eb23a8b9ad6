"""An invoice and its credit: what was used on it, what was issued from it, and what voiding it would do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from companies.queries.people import is_own, name_at
from core.labels import badge_text
from creditmemos.domain.adjustments import ORDINARY
from creditmemos.domain.balance import CLOSED, DISCARDED, UNISSUED, VOIDED
from creditmemos.models import Application, CreditMemo, CreditMemoLine
from creditmemos.queries.adjustments import refund_asked, waiting_about, with_adjustments
from creditmemos.queries.desk import HEAVY
from creditmemos.queries.sources import crediting
from invoices.models import Invoice, InvoiceLine

if TYPE_CHECKING:
    from companies.members import Member

RELATED = (
    "marketplace__settings",
    "payer",
    "beneficiary",
    "merchant__company",
)


def annotated_invoices(member: "Member") -> QuerySet[Invoice]:
    """Invoices that the member sees, with their parties, and as annotations:

    ``is_own``: whether the member belongs to the payer, the beneficiary, or their relatives (I18); ``has_credit``:
    whether the account has credit that this member might use; the names of who created and voided them; what settled
    them beside money and credit (``with_adjustments``); ``adjustment_waiting``, the request about what is due, and
    ``refund_waiting``, the one to refund items.
    """
    usable = CreditMemo.objects.usable() if member.is_staff_side else CreditMemo.objects.usable().filter(on_hold=False)
    return (
        with_adjustments(Invoice.objects.visible_to(member))
        .filter(number__isnull=False)
        .select_related(*RELATED)
        .annotate(
            is_own=is_own(member.user.pk, "payer", "beneficiary"),
            created_by_name=name_at("created_by_id", "created_at"),
            voided_by_name=name_at("voided_by_id", "voided_at"),
            adjustment_waiting=Subquery(waiting_about(OuterRef("pk")).values("pk")[:1]),
            refund_waiting=Subquery(refund_asked(OuterRef("pk")).values("pk")[:1]),
            has_credit=Exists(usable.filter(account_id=OuterRef("account_id"))),
        )
    )


def applications_on(invoice: Invoice) -> list[Application]:
    """Everything used on the invoice and taken back, oldest first, with memo, person and reversal; one query."""
    rows = (
        Application.objects.filter(invoice_id=invoice.pk)
        .select_related("memo", "reversal")
        .annotate(who=name_at("actor_id", "created_at"))
    )
    return list(rows.defer("memo__frozen").order_by("created_at", "pk"))


def is_live(application: Application) -> bool:
    """Whether an application with its ``reversal`` at hand still counts."""
    return application.reverses_id is None and not hasattr(application, "reversal")


def memos_from(invoice: Invoice, member: "Member") -> list[CreditMemo]:
    """Memos that credit the invoice or may still do so, as far as the member sees them, oldest first; one query.

    Adjustments credit nothing of it: they stand with what was used on it.

    As an annotation ``here``: what each credits of this invoice, net and tax in minor units.
    """
    own = crediting(invoice, vendor_id=member.company.pk if member.is_developer else None)
    rows = CreditMemo.objects.visible_to(member).filter(own, purpose=ORDINARY).exclude(status=DISCARDED)
    return list(rows.annotate(here=_credited_of(invoice)).select_related("reason").defer(*HEAVY).order_by("pk"))


def _credited_of(invoice: Invoice) -> Subquery:
    lines = CreditMemoLine.objects.filter(memo=OuterRef("pk"), invoice_line__invoice=invoice).order_by()
    return Subquery(lines.values("memo").annotate(sum=Sum(F("net") + F("tax"))).values("sum"))


def has_room(invoice: Invoice) -> bool:
    """Whether something of the invoice can still be credited; one query."""
    lines = InvoiceLine.objects.filter(invoice=invoice)
    return lines.filter(Q(net__gt=F("credited_net")) | Q(taxes__amount__gt=F("taxes__credited"))).exists()


@dataclass(frozen=True, slots=True)
class Returned:
    """Credit that a void gives back to one memo, in minor units; a closed memo writes it off again."""

    memo: CreditMemo
    amount: int

    @property
    def is_written_off(self) -> bool:
        """Whether the memo can't keep it."""
        return str(self.memo.status) == CLOSED


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A memo that can't be voided with its invoice; ``why`` is what it is, in words."""

    memo: CreditMemo
    why: str


@dataclass(frozen=True, slots=True)
class Divided:
    """A memo that is divided, as it has lines of other invoices or of none; ``here`` is voided, ``rest`` issued again.

    Minor units, net and tax.
    """

    memo: CreditMemo
    here: int

    @property
    def rest(self) -> int:
        """What is not of the invoice."""
        return self.memo.total - self.here


@dataclass(frozen=True, slots=True)
class VoidPlan:
    """What voiding an invoice would do; the operation reads it under its locks."""

    returned: list[Returned]
    voided: list[CreditMemo]
    divided: list[Divided]
    in_the_way: list[InTheWay]

    @property
    def going(self) -> list[CreditMemo]:
        """The memos that are voided with it, whole or in part."""
        return [*self.voided, *(each.memo for each in self.divided)]

    @property
    def memos(self) -> list[CreditMemo]:
        """All that are concerned; one that gets credit back and is voided stands twice."""
        return [*(each.memo for each in self.returned), *self.going, *(each.memo for each in self.in_the_way)]

    @property
    def credited(self) -> int:
        """What goes with the invoice: what the memos that are voided with it credit of it, in minor units."""
        return sum(memo.total for memo in self.voided) + sum(each.here for each in self.divided)


def concerned_by(invoice: Invoice) -> QuerySet[CreditMemo]:
    """The memos that undo an invoice: those that were issued, count, and have it as a source."""
    return CreditMemo.objects.exclude(status__in=[*UNISSUED, VOIDED]).filter(crediting(invoice))


def void_plan(invoice: Invoice) -> VoidPlan:
    """Which memos get credit back, which are voided with the invoice, and which forbid it (I11); two queries.

    One that credits other invoices too is divided, and only the part of this invoice is voided.
    """
    live = Application.objects.filter(invoice_id=invoice.pk, reverses__isnull=True, reversal__isnull=True)
    returned: dict[int, Returned] = {}
    for row in live.select_related("memo").defer("memo__frozen").order_by("created_at", "pk"):
        before = returned.get(row.memo_id)
        returned[row.memo_id] = Returned(row.memo, row.amount + (before.amount if before else 0))
    rows = concerned_by(invoice).annotate(here=_credited_of(invoice)).defer(*HEAVY).order_by("pk")
    voided: list[CreditMemo] = []
    divided: list[Divided] = []
    in_the_way: list[InTheWay] = []
    for memo in rows:
        why = _why_it_stays(memo, returned[memo.pk].amount if memo.pk in returned else 0)
        if why:
            in_the_way.append(InTheWay(memo, why))
        elif memo.here is not None and memo.here < memo.total:
            divided.append(Divided(memo, memo.here))
        else:
            voided.append(memo)
    return VoidPlan(list(returned.values()), voided, divided, in_the_way)


def siblings_that_stay(invoice: Invoice, plan: VoidPlan) -> list[CreditMemo]:
    """Memos that the same run issued beside the invoice and that credit other invoices; one query."""
    concerned = {memo.pk for memo in plan.going} | {each.memo.pk for each in plan.in_the_way}
    rows = CreditMemo.objects.filter(sibling_invoice=invoice).exclude(status__in=[*UNISSUED, VOIDED])
    return list(rows.exclude(pk__in=concerned).defer(*HEAVY).order_by("pk"))


def _why_it_stays(memo: CreditMemo, back: int) -> str:
    """Empty for a memo that is unapplied once ``back`` has returned to it."""
    if memo.payout_pending:
        return _("being paid out")
    is_free = memo.applied == back and not (memo.written_off or memo.paid_out)
    return "" if is_free else badge_text("credit_memo", memo.status).lower()
