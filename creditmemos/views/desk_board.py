"""What the apply desk shows: each memo and invoice with its boxes, what is left or due after, and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.formats import amount_text
from creditmemos.domain.balance import FULLY
from creditmemos.forms.desk import Pair, SubmittedDesk, name_of
from creditmemos.models import CreditMemo
from creditmemos.operations.apply_preview import Outcome
from creditmemos.queries.desk import may_meet
from creditmemos.queries.sources import Source, own_of
from invoices.domain.balance import PAID
from invoices.domain.states import days_overdue, shown_state
from invoices.models import Invoice
from ledger.models import BalanceAccount


@dataclass(frozen=True, slots=True)
class Layout:
    """Which documents lie on the desk. ``pool`` are the open invoices that the orders are compared over.

    ``sources`` are the invoices that each memo credits.
    """

    memos: list[CreditMemo]
    invoices: list[Invoice]
    listed: list[CreditMemo] = field(default_factory=list)
    pool: list[Invoice] = field(default_factory=list)
    sources: Mapping[int, Sequence[Source]] = field(default_factory=dict)

    @property
    def own(self) -> dict[int, frozenset[int]]:
        """The siblings and sources of each memo, as the planner wants them."""
        return {memo.pk: own_of(memo, self.sources.get(memo.pk, ())) for memo in self.memos}

    @property
    def first(self) -> set[int]:
        """The invoices that the memos serve before others."""
        return {pk for own in self.own.values() for pk in own}


@dataclass(frozen=True, slots=True)
class Box:
    """The box of one pair; ``name`` is empty where the pair may not meet."""

    name: str
    text: str
    label: str
    column: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One document on the desk; ``after`` is what is left or due then, ``note`` what changed since it was seen.

    ``sources`` are the invoices that a memo credits, ``credited_by`` the memos on the desk that credit an invoice.
    """

    document: CreditMemo | Invoice
    now: int
    after: int
    note: str
    boxes: list[Box] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    state: str = ""
    days: int = 0
    is_column: bool = True
    reason: str = ""
    sources: Sequence[Source] = ()
    credited_by: list[CreditMemo] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether more was typed than there is."""
        return self.after < 0


@dataclass(frozen=True, slots=True)
class DeskTables:
    """The desk, ready for its templates. ``problems`` are (id to jump to, label, text) for the summary of errors."""

    memos: list[DeskRow]
    invoices: list[DeskRow]
    problems: list[tuple[str, str, str]]
    typed: int


class DeskRenderer:
    """Puts figures, texts and refusals of one desk together."""

    def __init__(
        self,
        account: BalanceAccount,
        layout: Layout,
        submitted: SubmittedDesk,
        outcome: Outcome,
        *,
        today: date,
        errors: Mapping[str, str],
    ) -> None:
        self.account = account
        self.layout = layout
        self.submitted = submitted
        self.outcome = outcome
        self.today = today
        self.errors = {**errors}
        memos, invoices = {m.pk: m for m in layout.memos}, {i.pk: i for i in layout.invoices}
        for pair in submitted.texts:
            refusal = outcome.refusals.get(name_of(pair))
            if refusal is not None:
                self.errors[name_of(pair)] = self.told(refusal, memos[pair[0]], invoices[pair[1]])

    def told(self, refusal: Refusal, memo: CreditMemo, invoice: Invoice) -> str:
        """The refusal in words for this desk: whether somebody was quicker, and the figures as they are now."""
        currency = self.account.currency
        was, due = self.submitted.seen_memos.get(memo.pk), self.submitted.seen_invoices.get(invoice.pk)
        if was is not None and memo.balance < was and (refusal.code == "over_balance" or memo.status == FULLY):
            text = _("This credit memo has been applied since you opened it: %(amount)s remaining")
            return text % {"amount": amount_text(memo.balance, currency)}
        if due is not None and invoice.amount_due < due and (refusal.code == "over_due" or invoice.status == PAID):
            text = _("%(invoice)s was paid or credited since you opened it: %(amount)s due")
            return text % {"invoice": invoice.number, "amount": amount_text(invoice.amount_due, currency)}
        figure = refusal.facts.get("balance", refusal.facts.get("due"))
        if isinstance(figure, int):
            return str(refusal.text) % {**refusal.facts, "amount": amount_text(figure, currency)}
        return refusal.message

    def board(self, *, whole: Sequence[str] = ()) -> DeskTables:
        """Everything; ``whole`` are problems of the desk as a whole."""
        listed = self.layout.listed or self.layout.memos
        columns = {memo.pk for memo in self.layout.memos}
        return DeskTables(
            memos=[self.memo_row(memo, is_column=memo.pk in columns) for memo in listed],
            invoices=[self.invoice_row(invoice) for invoice in self.layout.invoices],
            problems=[("", "", text) for text in whole] + self.problems(),
            typed=sum(-after for after in self._moved()),
        )

    def _moved(self) -> Iterable[int]:
        left = self.outcome.left
        return (left[memo.pk] - memo.balance for memo in self.layout.memos)

    def problems(self) -> list[tuple[str, str, str]]:
        """The errors of the boxes, in the order of the page."""
        return [
            (name_of(pair), self._label(memo, invoice), self.errors[name_of(pair)])
            for invoice in self.layout.invoices
            for memo in self.layout.memos
            if name_of(pair := (memo.pk, invoice.pk)) in self.errors
        ]

    def memo_row(self, memo: CreditMemo, *, is_column: bool) -> DeskRow:
        """A memo with its boxes for every invoice on the desk."""
        pairs = [(memo.pk, invoice.pk) for invoice in self.layout.invoices] if is_column else []
        note = ""
        was = self.submitted.seen_memos.get(memo.pk)
        if was is not None and was != memo.balance:
            facts = {"amount": amount_text(memo.balance, memo.currency), "was": amount_text(was, memo.currency)}
            note = _("Changed since you opened it: %(amount)s now, %(was)s then") % facts
        return DeskRow(
            document=memo,
            now=memo.balance,
            after=self.outcome.left.get(memo.pk, memo.balance),
            note=note,
            boxes=[self.box(memo, invoice) for invoice in self.layout.invoices] if is_column else [],
            why=self._why(pairs),
            is_column=is_column,
            reason=memo.reason.label(get_language() or "en") if memo.reason else "",
            sources=self.layout.sources.get(memo.pk, ()),
        )

    def invoice_row(self, invoice: Invoice) -> DeskRow:
        """An invoice with its boxes for every memo on the desk."""
        note = ""
        was = self.submitted.seen_invoices.get(invoice.pk)
        if was is not None and was != invoice.amount_due:
            facts = {"amount": amount_text(invoice.amount_due, invoice.currency)}
            facts["was"] = amount_text(was, invoice.currency)
            note = _("Changed since you opened it: %(amount)s due now, %(was)s then") % facts
        return DeskRow(
            document=invoice,
            now=invoice.amount_due,
            after=self.outcome.due[invoice.pk],
            note=note,
            boxes=[self.box(memo, invoice) for memo in self.layout.memos],
            why=self._why((memo.pk, invoice.pk) for memo in self.layout.memos),
            state=shown_state(invoice, self.today),
            days=days_overdue(invoice, self.today),
            credited_by=[memo for memo in self.layout.memos if self._is_source(invoice, memo)],
        )

    def _is_source(self, invoice: Invoice, memo: CreditMemo) -> bool:
        return any(source.invoice_id == invoice.pk for source in self.layout.sources.get(memo.pk, ()))

    def _why(self, pairs: Iterable[Pair]) -> list[str]:
        return [self.errors[name] for pair in pairs if (name := name_of(pair)) in self.errors]

    def box(self, memo: CreditMemo, invoice: Invoice) -> Box:
        """The box of a pair; one that was typed into stays, whatever became of the documents."""
        pair = (memo.pk, invoice.pk)
        may = pair in self.submitted.texts or may_meet(self.account, memo, invoice)
        return Box(
            name=name_of(pair) if may else "",
            text=self.submitted.texts.get(pair, ""),
            label=self._label(memo, invoice),
            column=str(memo),
            is_wrong=name_of(pair) in self.errors,
        )

    def _label(self, memo: CreditMemo, invoice: Invoice) -> str:
        return _("%(memo)s to %(invoice)s") % {"memo": memo, "invoice": invoice}
