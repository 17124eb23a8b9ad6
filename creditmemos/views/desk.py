"""The apply desk from a memo, from an invoice, and from a balance account."""

from dataclasses import replace

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from creditmemos.forms.desk import SubmittedDesk
from creditmemos.models import CreditMemo
from creditmemos.operations.applying import check_taking, check_usable
from creditmemos.queries import desk
from creditmemos.queries.accounts import accounts_visible_to
from creditmemos.queries.sources import sources_of
from creditmemos.views.desk_base import Desk
from creditmemos.views.desk_board import Layout
from invoices.models import Invoice
from ledger.models import BalanceAccount


class MemoDesk(Desk):
    """One memo at the left, the open invoices that it may serve at the right."""

    kind = "memo"
    subject: CreditMemo

    def subjects(self) -> QuerySet[CreditMemo]:
        """Issued memos that the member sees."""
        rows = CreditMemo.objects.visible_to(self.member).filter(number__isnull=False)
        return rows.select_related("reason").defer(*desk.HEAVY)

    def layout(self, submitted: SubmittedDesk, *, anew: bool) -> Layout:
        """The memo, and its invoices in the policy's order."""
        if not submitted.memo_ids <= {self.subject.pk}:
            raise Http404
        pool: list[Invoice] = []
        found = Layout([self.subject], [], sources=sources_of([self.subject.pk]))
        first = found.first
        if not self.blocked:
            invoices = desk.open_invoices(self.account, memo=self.subject)
            pool = desk.in_order(invoices, self.order_of(submitted), first=first)
        rows = self.invoice_rows(submitted, pool, memo=self.subject, anew=anew, first=first)
        return replace(found, invoices=rows, pool=pool)

    def check(self) -> None:
        """A memo with credit."""
        check_usable(self.subject)

    def to_fill(self, memos: list[CreditMemo]) -> list[CreditMemo]:
        """The memo itself, also on hold: whoever opened its desk means it."""
        return memos

    def title(self) -> str:
        """With the memo's number."""
        return _("Apply %(memo)s") % {"memo": self.subject}

    def done_url(self) -> str:
        """The memo's page, with its new balance."""
        return reverse("creditmemos:detail", args=[self.subject.pk])


class InvoiceDesk(Desk):
    """The memos that may serve one invoice at the left, the invoice at the right."""

    kind = "invoice"
    subject: Invoice

    def subjects(self) -> QuerySet[Invoice]:
        """Issued invoices that the member sees."""
        return Invoice.objects.visible_to(self.member).filter(number__isnull=False).defer(*desk.HEAVY)

    def layout(self, submitted: SubmittedDesk, *, anew: bool) -> Layout:
        """The invoice, and its memos, the oldest first."""
        if not submitted.invoice_ids <= {self.subject.pk}:
            raise Http404
        named = desk.memos_by_id(self.account, submitted.memo_ids | set(() if anew else submitted.seen_memos))
        if not submitted.memo_ids <= named.keys():
            raise Http404
        if anew:
            found = desk.usable_memos(self.account, invoice=self.subject, with_held=self.with_held, find=submitted.find)
            chosen = [] if self.blocked else desk.oldest_first(found, invoice=self.subject)
        else:
            chosen = [named[pk] for pk in submitted.seen_memos if pk in named]
        there = {memo.pk for memo in chosen}
        memos = [named[pk] for pk in sorted(submitted.memo_ids) if pk not in there] + chosen
        return Layout(memos, [self.subject], sources=sources_of(memo.pk for memo in memos))

    def check(self) -> None:
        """An invoice that owes, with no payment on its way."""
        check_taking(self.subject)

    def title(self) -> str:
        """With the invoice's number."""
        return _("Apply credit to %(invoice)s") % {"invoice": self.subject}

    def done_url(self) -> str:
        """The invoice's page, with what it still owes."""
        return reverse("invoices:detail", args=[self.subject.pk])


class AccountDesk(Desk):
    """Many to many: the account's memos at the left, a box for each chosen memo beside every open invoice."""

    kind = "account"
    subject: BalanceAccount
    most_invoices = desk.MOST_MATRIX_ROWS

    def subjects(self) -> QuerySet[BalanceAccount]:
        """Accounts that the member may look into."""
        return accounts_visible_to(self.member)

    def layout(self, submitted: SubmittedDesk, *, anew: bool) -> Layout:
        """The chosen memos (at first the oldest few) and the invoices in the policy's order."""
        usable = desk.usable_memos(self.account, with_held=self.with_held)
        listed = desk.oldest_first(usable)
        columns = set(submitted.columns) or {memo.pk for memo in listed[: desk.FIRST_COLUMNS]}
        named = desk.memos_by_id(self.account, submitted.memo_ids | columns)
        if not submitted.memo_ids <= named.keys():
            raise Http404
        there = {memo.pk for memo in listed}
        kept = submitted.memo_ids if anew else submitted.memo_ids | set(submitted.seen_memos)
        absent = [named[pk] for pk in sorted(named) if pk not in there and (named[pk].balance or pk in kept)]
        listed = absent + listed
        ticked = [memo for memo in listed if memo.pk in columns][: desk.MOST_COLUMNS]
        chosen = {memo.pk for memo in ticked} | submitted.memo_ids
        memos = [memo for memo in listed if memo.pk in chosen]
        found = Layout(memos, [], listed=listed, sources=sources_of(memo.pk for memo in listed))
        first = found.first
        pool = desk.in_order(desk.open_invoices(self.account), self.order_of(submitted), first=first)
        invoices = self.invoice_rows(submitted, pool, memo=None, anew=anew, first=first)
        return replace(found, invoices=invoices, pool=pool)

    def title(self) -> str:
        """With the company's name."""
        return _("Apply credit of %(company)s") % {"company": self.account.payer}

    def done_url(self) -> str:
        """The desk again, with what is left."""
        return reverse("creditmemos:apply_account", args=[self.subject.pk])
