"""What the three apply desks share: typed amounts are worked out, filled, and applied whole or not at all."""

from dataclasses import replace
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies.models import MarketplaceSettings
from core.errors import DuplicateRequest, Refusal, refusal_of
from core.formats import amount_text
from core.typed import typed_amount
from creditmemos import operations
from creditmemos.domain.planning import DUE_DATE, INVOICE_DATE, LARGEST_DUE, SMALLEST_DUE, Allocation
from creditmemos.forms.desk import SubmittedDesk, read_amounts, read_submitted
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import Locked
from creditmemos.operations.apply_preview import WhatIf, preview, resorted, what_if
from creditmemos.operations.applying import PERMISSION, NothingToApply, plan_account
from creditmemos.queries import desk
from creditmemos.queries.accounts import money_on_account
from creditmemos.views.desk_board import DeskRenderer, Layout
from creditmemos.views.held import is_kept_from, left_out, say_held
from invoices.domain.aging import BUCKETS, LABELS
from invoices.models import Invoice
from ledger.models import BalanceAccount
from web.access import MemberView, is_partial, one_or_404, require, viewer
from web.views.calling import Answer, called, token_of

ORDERS = {
    DUE_DATE: gettext_lazy("Earliest due date first"),
    INVOICE_DATE: gettext_lazy("Oldest invoice first"),
    LARGEST_DUE: gettext_lazy("Largest amount due first"),
    SMALLEST_DUE: gettext_lazy("Smallest amount due first"),
}
LIVE, FILL, MOST, APPLY, SHOW = "live", "fill", "most", "apply", "show"


class Desk(MemberView):
    """What the three desks share. ``do`` in the form says what was pressed; nothing but *apply* changes anything."""

    permission = PERMISSION
    kind: ClassVar[str]
    subject: Any
    account: BalanceAccount
    most_invoices: ClassVar[int] = desk.MOST_ROWS

    # --- what each desk says of itself -----------------------------------------------------------------------------

    def subjects(self) -> QuerySet[Any]:
        """What the desk may be opened for, among what the member sees."""
        raise NotImplementedError

    def layout(self, submitted: SubmittedDesk, *, anew: bool) -> Layout:
        """The documents on the desk: chosen ``anew``, or those that were there when the form was sent."""
        raise NotImplementedError

    def done_url(self) -> str:
        """Where to go with the success."""
        raise NotImplementedError

    def check(self) -> None:
        """Ask the guards that the subject passes by itself; an account has none."""

    @property
    def blocked(self) -> str:
        """Why nothing can be applied here at all; empty when something can."""
        refusal = refusal_of(self.check)
        return refusal.message if refusal else ""

    def to_fill(self, memos: list[CreditMemo]) -> list[CreditMemo]:
        """The memos that *fill* uses: none on hold, as the marketplace's own application."""
        return [memo for memo in memos if not memo.on_hold]

    # --- requests --------------------------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Load the subject and ask for the right on it before anything else."""
        if viewer(request) is not None:
            self.subject = one_or_404(self.subjects(), kwargs["pk"])
            if is_kept_from(self.subject, self.member):
                return say_held(self)
            require(request, self.permission, self.subject)
            accounts = BalanceAccount.objects.select_related("marketplace__settings", "payer", "merchant__company")
            pk = self.subject.pk if isinstance(self.subject, BalanceAccount) else self.subject.account_id
            self.account = accounts.annotate(on_account=money_on_account()).get(pk=pk)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """The desk with its first rows."""
        submitted = replace(read_submitted(request.GET), texts={}, seen_memos={}, seen_invoices={})
        return self.show(submitted, self.layout(submitted, anew=True), token=str(uuid4()))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Work out, fill, find, or apply; without JavaScript each of them is a page."""
        submitted, token = read_submitted(request.POST), token_of(request.POST)
        do, _dash, detail = request.POST.get("do", "").partition("-")
        if do == APPLY:
            return self.apply(submitted, token)
        if do == FILL:
            return self.fill(replace(submitted, order=detail if detail in desk.SORTED_BY else ""), token)
        layout = self.layout(submitted, anew=do == SHOW)
        if do == MOST:
            submitted = self.with_most(submitted, layout, detail)
        return self.show(submitted, layout, token=token, live=do == LIVE)

    @cached_property
    def today(self) -> date:
        """The marketplace's day."""
        return self.account.marketplace.today(timezone.now())

    @property
    def settings(self) -> MarketplaceSettings:
        """The marketplace's settings, read with the account."""
        return self.account.marketplace.settings

    def order_of(self, submitted: SubmittedDesk) -> str:
        """The order asked for, else the marketplace's policy."""
        return submitted.order or self.settings.apply_order

    @property
    def with_held(self) -> bool:
        """Memos on hold are for staff alone."""
        return bool(self.member.is_staff_side)

    # --- filling -----------------------------------------------------------------------------------------------------

    def fill(self, submitted: SubmittedDesk, token: str) -> HttpResponse:
        """Amounts by the policy, or by another order, in place of what was typed."""
        submitted = replace(submitted, texts={}, find="")
        layout = self.layout(submitted, anew=True)
        plan = plan_account(
            self.to_fill(layout.memos),
            layout.invoices,
            self.account,
            self.settings,
            own=layout.own,
            order=self.order_of(submitted),
            by_hand=True,
        )
        note = "" if plan else self.nothing_filled(layout)
        return self.show(replace(submitted, texts=self._texts(plan)), layout, token=token, note=note)

    def nothing_filled(self, layout: Layout) -> str:
        """Why *fill* left every box empty."""
        if layout.memos and not self.to_fill(layout.memos):
            return _("Nothing was filled in: all credit memos here are on hold. Type an amount to apply one.")
        return _("Nothing was filled in: there is no credit that can be applied to an open invoice.")

    def _texts(self, plan: list[Allocation]) -> dict[tuple[int, int], str]:
        currency = self.account.currency
        return {(each.memo_id, each.invoice_id): typed_amount(each.amount, currency=currency) for each in plan}

    def with_most(self, submitted: SubmittedDesk, layout: Layout, pair: str) -> SubmittedDesk:
        """The form with the most that fits in one box: what is left of the memo, up to what is still due."""
        memo_id, _dash, invoice_id = pair.partition("-")
        memos = {str(memo.pk): memo for memo in layout.memos}
        invoices = {str(invoice.pk): invoice for invoice in layout.invoices}
        if memo_id not in memos or invoice_id not in invoices:
            return submitted
        memo, invoice = memos[memo_id], invoices[invoice_id]
        others = {each: text for each, text in submitted.texts.items() if each != (memo.pk, invoice.pk)}
        typed, _errors = read_amounts(others, self.account.currency)
        left = memo.balance - sum(each.amount for each in typed if each.memo_id == memo.pk)
        due = invoice.amount_due - sum(each.amount for each in typed if each.invoice_id == invoice.pk)
        most = min(left, due)
        if most > 0:
            others[memo.pk, invoice.pk] = typed_amount(most, currency=self.account.currency)
        return replace(submitted, texts=others)

    # --- applying ----------------------------------------------------------------------------------------------------

    def apply(self, submitted: SubmittedDesk, token: str) -> HttpResponse:
        """Apply everything or nothing; a refusal shows the desk again with fresh figures and all that was typed."""
        self.layout(
            submitted, anew=False
        )  # Whoever names a stranger's document gets Not found before anything is asked.
        allocations, errors = read_amounts(submitted.texts, self.account.currency)
        refusal: Refusal | None = None
        if not errors:
            try:
                return self.done(called(lambda: self._perform(allocations, token)))
            except Refusal as refused:
                refusal = refused
        token = str(uuid4()) if isinstance(refusal, DuplicateRequest) else token
        layout = self.layout(submitted, anew=False)
        return self.show(submitted, layout, token=token, refusal=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def _perform(self, allocations: list[Allocation], token: str) -> Answer:
        if not allocations:
            raise NothingToApply
        rows = operations.apply(allocations=allocations, actor=self.member.actor, now=timezone.now(), key=token)
        return {"amount": sum(row.amount for row in rows), "invoices": len({row.invoice_id for row in rows})}

    def done(self, answer: Answer) -> HttpResponse:
        """Say what was applied, on the page that shows it."""
        count = int(str(answer["invoices"]))
        text = ngettext("Applied %(amount)s to one invoice.", "Applied %(amount)s to %(n)s invoices.", count)
        amount = amount_text(int(str(answer["amount"])), self.account.currency)
        messages.success(self.request, text % {"amount": amount, "n": count})
        url = self.done_url()
        return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(self.request) else redirect(url)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show(
        self,
        submitted: SubmittedDesk,
        layout: Layout,
        *,
        token: str,
        refusal: Refusal | None = None,
        live: bool = False,
        note: str = "",
        status: int = HTTPStatus.OK,
    ) -> HttpResponse:
        """The page, the desk alone, or (``live``) only the figures that follow what is typed."""
        allocations, errors = read_amounts(submitted.texts, self.account.currency)
        memos = {memo.pk: memo for memo in [*layout.listed, *layout.memos]}
        locked = Locked(self.account, memos, {invoice.pk: invoice for invoice in layout.invoices})
        figures = desk.account_figures(self.account, today=self.today, with_held=self.with_held)
        outcome = preview(locked, allocations, figures=figures, actor=self.member.actor, today=self.today)
        renderer = DeskRenderer(self.account, layout, submitted, outcome, today=self.today, errors=errors)
        named = {**errors, **outcome.refusals}
        whole = [refusal.message] if refusal is not None and (refusal.field or "") not in named else []
        context = {
            "view": self,
            "subject": self.subject,
            "account": self.account,
            "currency": self.account.currency,
            "title": self.title(),
            "board": renderer.board(whole=whole),
            "show_problems": status != HTTPStatus.OK,
            "submitted": submitted,
            "order": self.order_of(submitted),
            "token": token,
            "note": note,
            "outcome": outcome,
            "figures": figures,
            "aging": [(LABELS[name], figures.aging.due[name], outcome.aging.due[name]) for name in BUCKETS],
            "more_invoices": max(0, len(layout.pool) - len(layout.invoices)),
            "more_is_least": len(layout.pool) == desk.POOL,
            "more_memos": max(0, figures.memos - len(layout.listed or layout.memos)),
            "most_columns": desk.MOST_COLUMNS,
            "policy": self.settings.apply_order,
            "sees_reason": self.member.may("creditmemos.view_reason"),
            "some_held": len(self.to_fill(layout.memos)) < len(layout.memos),
            "blocked": self.blocked,
            "held": left_out(figures, self.account) if self.kind != "memo" else "",
        }
        if live:
            return render(self.request, "creditmemos/_desk_live.html", context)
        context["what_if"] = self.what_if(layout, figures)
        alone = is_partial(self.request, "desk")
        return render(self.request, f"creditmemos/{'_desk' if alone else 'desk'}.html", context, status=status)

    def title(self) -> str:
        """What is applied here."""
        return _("Apply credit")

    def what_if(self, layout: Layout, figures: desk.AccountFigures) -> list[tuple[WhatIf, str, list[int]]]:
        """What *fill* would do under each order, over the rows that the desk would show then."""
        if not layout.pool[1:]:
            return []
        pool, first = layout.pool, layout.first
        rows = {order: resorted(pool, order, first=first)[: self.most_invoices] for order in desk.SORTED_BY}
        found = what_if(
            self.to_fill(layout.memos), rows, own=layout.own, account=self.account, settings=self.settings,
            figures=figures, today=self.today,
        )  # fmt: skip
        return [(each, str(ORDERS[each.order]), [each.aging.due[name] for name in BUCKETS]) for each in found]

    def invoice_rows(
        self, submitted: SubmittedDesk, pool: list[Invoice], *, memo: CreditMemo | None, anew: bool, first: set[int]
    ) -> list[Invoice]:
        """The invoices on the desk; whatever something was typed for stays on it. A stranger's is Not found.

        ``first`` are the ids of those that the memos serve before others.
        """
        named = desk.invoices_by_id(self.account, submitted.invoice_ids | set(() if anew else submitted.seen_invoices))
        if not submitted.invoice_ids <= named.keys():
            raise Http404
        if not anew:
            chosen = [named[pk] for pk in submitted.seen_invoices if pk in named]
        elif submitted.find:
            found = desk.open_invoices(self.account, memo=memo, find=submitted.find)
            chosen = desk.in_order(found, self.order_of(submitted), first=first, most=self.most_invoices)
        else:
            chosen = pool[: self.most_invoices]
        there = {invoice.pk for invoice in chosen}
        return [named[pk] for pk in sorted(submitted.invoice_ids) if pk not in there] + chosen
