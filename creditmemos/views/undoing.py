"""Reverse one application, or undo all of them and void the memo: what the invoices owe then is said before."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.operations.voiding import check_undo_and_void_memo, undo_and_void_memo
from billing.queries.documents import run_of
from creditmemos import operations
from creditmemos.forms.verbs import ReverseForm, UndoAndVoidForm, UnpaidForm
from creditmemos.models import Application, CreditMemo
from creditmemos.operations import reversing, undoing
from creditmemos.operations.undoing import live_applications
from creditmemos.views.verbs import MemoVerb, end_of_credit
from invoices.domain.balance import PAID
from invoices.models import Invoice


class Owing(NamedTuple):
    """An invoice that gets its credit taken away; amounts in minor units."""

    invoice: Invoice
    credit: int
    due_after: int

    @property
    def was_paid(self) -> bool:
        """Whether money paid the rest, so that it falls back to unpaid and somebody must mean it."""
        return self.invoice.status == PAID and self.invoice.paid > 0


def owing_after(applications: Sequence[Application]) -> list[Owing]:
    """What each invoice owes once these applications are undone."""
    credit: dict[int, int] = {}
    invoices: dict[int, Invoice] = {}
    for each in applications:
        credit[each.invoice_id] = credit.get(each.invoice_id, 0) + each.amount
        invoices[each.invoice_id] = each.invoice
    return [Owing(invoices[pk], amount, invoices[pk].amount_due + amount) for pk, amount in credit.items()]


class Undoing(MemoVerb):
    """What both verbs share: the invoices concerned, and the confirmation where money paid one."""

    facts_template = "creditmemos/_undo_facts.html"
    form_class = UnpaidForm

    def read(self) -> Sequence[Application]:
        """The applications to undo, with their invoices, as they are now."""
        raise NotImplementedError

    @cached_property
    def applications(self) -> Sequence[Application]:
        """What was read; after a refusal it is read again."""
        return self.read()

    @property
    def owing(self) -> list[Owing]:
        """The invoices and their new dues."""
        return owing_after(self.applications)

    def form_options(self) -> dict[str, Any]:
        """The sentence to confirm, if there is one."""
        paid = [one for one in self.owing if one.was_paid]
        dues = ", ".join(f"{one.invoice}: {self.amount(one.due_after)}" for one in paid)
        text = ngettext(
            "I confirm that this paid invoice becomes unpaid, with these amounts due: %(dues)s",
            "I confirm that these paid invoices become unpaid, with these amounts due: %(dues)s",
            len(paid),
        )
        return {"owing": text % {"dues": dues} if paid else ""}

    def context(self) -> dict[str, Any]:
        """With the invoices."""
        return {**super().context(), "owing": self.owing}

    def reload(self) -> None:
        """With the invoices as they are now."""
        super().reload()
        self.__dict__.pop("applications", None)


class UndoAndVoid(Undoing):
    """Take all credit back from the invoices and void the memo, in one step."""

    permission = undoing.PERMISSION
    title = gettext_lazy("Reverse and void")
    button = gettext_lazy("Reverse and void")
    tone = "danger"
    form_class = UndoAndVoidForm

    def form_options(self) -> dict[str, Any]:
        """What a run credited may be credited again."""
        return {**super().form_options(), "of_run": run_of(memo=self.object) is not None}

    def read(self) -> Sequence[Application]:
        """All that were not reversed."""
        return live_applications(self.object)

    def check(self) -> None:
        """Ask the guards; what is to be confirmed is on the form."""
        check_undo_and_void_memo(self.object, self.applications, actor=self.member.actor)

    def consequence(self) -> str:
        """What goes back, if anything still does, and what ends."""
        if not self.applications:
            return end_of_credit(self.object)
        return _(
            "%(applied)s is reversed on the invoices above, and the credit memo of %(total)s is voided permanently."
        ) % {
            "applied": self.amount(self.object.applied),
            "total": self.amount(self.object.total),
        }

    def perform(self, form: UndoAndVoidForm) -> CreditMemo:
        """Undo and void."""
        return undo_and_void_memo(
            memo=self.object,
            reason=form.cleaned_data["reason"],
            actor=self.member.actor,
            now=self.now,
            confirmed=form.is_confirmed,
            then=form.chosen,
        )

    def message(self, result: CreditMemo) -> str:
        """Name what happened to both sides."""
        count = len(self.owing)
        text = ngettext(
            "%(memo)s has been voided; %(n)s invoice is due again.",
            "%(memo)s has been voided; %(n)s invoices are due again.",
            count,
        )
        return text % {"memo": result, "n": count}


class Reverse(Undoing):
    """Take one application back."""

    permission = reversing.PERMISSION
    title = gettext_lazy("Reverse")
    button = gettext_lazy("Reverse application")
    form_class = ReverseForm
    application_id: UUID

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The application must be one of this memo's own."""
        self.application_id = kwargs["application"]
        return super().dispatch(request, *args, **kwargs)

    def read(self) -> Sequence[Application]:
        """The one, with its invoice."""
        found = Application.objects.filter(memo_id=self.object.pk, pk=self.application_id).select_related("invoice")
        if not found:
            raise Http404
        return list(found)

    @property
    def one(self) -> Application:
        """The application to reverse."""
        return self.applications[0]

    def heading(self) -> str:
        """Both documents."""
        return _("Reverse %(memo)s on %(invoice)s") % {"memo": self.object, "invoice": self.one.invoice}

    def check(self) -> None:
        """Ask the guards; what is to be confirmed is on the form."""
        one, actor = self.one, self.member.actor
        reversing.check_reverse(one, self.object, one.invoice, confirmed=True, actor=actor)

    def consequence(self) -> str:
        """What goes where."""
        return _("%(amount)s becomes available again on %(memo)s.") % {
            "amount": self.amount(self.one.amount),
            "memo": self.object,
        }

    def perform(self, form: ReverseForm) -> Application:
        """Reverse it."""
        return operations.reverse(
            application=self.one,
            reason=form.cleaned_data["reason"],
            hold=form.cleaned_data["hold"],
            confirmed=form.is_confirmed,
            actor=self.member.actor,
            now=self.now,
            key=None,
        )

    def message(self, result: Application) -> str:
        """What came back, and from where."""
        return _("%(amount)s on %(invoice)s has been reversed.") % {
            "amount": self.amount(-result.amount),
            "invoice": self.one.invoice,
        }
