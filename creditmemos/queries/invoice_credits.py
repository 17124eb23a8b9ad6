"""An invoice and its credit: what was used on it, what was issued from it, and what voiding it would do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet

from companies.queries import is_own, name_of
from creditmemos.balance import CLOSED, DISCARDED, UNISSUED, VOIDED
from creditmemos.models import Application, CreditMemo
from creditmemos.queries.desk import HEAVY
from invoices.models import Invoice

if TYPE_CHECKING:
    from companies.members import Member

RELATED = (
    "marketplace__settings",
    "payer",
    "beneficiary",
    "merchant__company",
)


def invoices_with_standing(member: "Member") -> QuerySet[Invoice]:
    """Invoices that the member sees, with their parties, and as annotations:

    ``is_own``: whether the member belongs to the payer, the beneficiary, or their relatives (I18); ``has_credit``:
    whether the account has credit that this member might use; and the names of who created and voided them.
    """
    usable = CreditMemo.objects.usable() if member.is_staff_side else CreditMemo.objects.usable().filter(on_hold=False)
    return (
        Invoice.objects.visible_to(member)
        .filter(number__isnull=False)
        .select_related(*RELATED)
        .annotate(
            is_own=is_own(member.user.pk, "payer", "beneficiary"),
            created_by_name=name_of("created_by_id"),
            voided_by_name=name_of("voided_by_id"),
            has_credit=Exists(usable.filter(account_id=OuterRef("account_id"))),
        )
    )


def applications_on(invoice: Invoice) -> list[Application]:
    """Everything used on the invoice and taken back, oldest first, with memo, person and reversal; one query."""
    rows = (
        Application.objects.filter(invoice_id=invoice.pk)
        .select_related("memo", "reversal")
        .annotate(who=name_of("actor_id"))
    )
    return list(rows.defer("memo__frozen").order_by("created_at", "pk"))


def is_live(application: Application) -> bool:
    """Whether an application with its ``reversal`` at hand still counts."""
    return application.reverses_id is None and not hasattr(application, "reversal")


def memos_from(invoice: Invoice, member: "Member") -> list[CreditMemo]:
    """Memos that credit the invoice or may still do so, as far as the member sees them, oldest first."""
    rows = CreditMemo.objects.visible_to(member).filter(source_invoice_id=invoice.pk).exclude(status=DISCARDED)
    return list(rows.select_related("reason").defer(*HEAVY).order_by("pk"))


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
class VoidPlan:
    """What voiding an invoice would do, read without locks; the operation asks again under them."""

    returned: list[Returned]
    voided: list[CreditMemo]
    in_the_way: list[CreditMemo]


def void_plan(invoice: Invoice) -> VoidPlan:
    """Which memos get credit back, which are voided with the invoice, and which forbid it (I11); two queries."""
    live = Application.objects.filter(invoice_id=invoice.pk, reverses__isnull=True, reversal__isnull=True)
    returned: dict[int, Returned] = {}
    for row in live.select_related("memo").defer("memo__frozen").order_by("created_at", "pk"):
        before = returned.get(row.memo_id)
        returned[row.memo_id] = Returned(row.memo, row.amount + (before.amount if before else 0))
    rows = CreditMemo.objects.filter(source_invoice_id=invoice.pk).exclude(status__in=[*UNISSUED, VOIDED])
    voided: list[CreditMemo] = []
    in_the_way: list[CreditMemo] = []
    for memo in rows.defer(*HEAVY).order_by("pk"):
        back = returned[memo.pk].amount if memo.pk in returned else 0
        is_free = memo.applied == back and not (memo.written_off or memo.paid_out or memo.payout_pending)
        (voided if is_free else in_the_way).append(memo)
    return VoidPlan(list(returned.values()), voided, in_the_way)
