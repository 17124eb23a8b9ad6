"""Dividing a memo: its lines in rows, each with the number of the memo that it goes into; by source unless changed."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditmemos import operations
from creditmemos.forms.dividing import DivideForm, Row
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations import dividing
from creditmemos.views.verbs import MemoVerb

MOST_ROWS = 60
"""Rows of the form; of more lines, those of one source and product go together, then those of one source."""
LABEL = 80
"""Letters of a line's description in its row."""

Key = Callable[[CreditMemoLine], Any]


class Divide(MemoVerb):
    """Issue an unapplied memo again as several."""

    permission = dividing.PERMISSION
    title = gettext_lazy("Divide")
    button = gettext_lazy("Divide credit memo")
    form_class = DivideForm

    @cached_property
    def rows(self) -> list[Row]:
        """The lines in rows; by default each source invoice gets a memo, or else each row."""
        lines = list(
            CreditMemoLine.objects.filter(memo=self.object)
            .select_related("invoice_line__invoice")
            .defer("invoice_line__invoice__frozen")
            .order_by("position")
        )
        by: list[Key] = [lambda line: line.pk, lambda line: (_source(line), line.product_name), _source]
        parted = next((found for key in by if len(found := _parted(lines, key)) <= MOST_ROWS), [lines])
        sources = list(dict.fromkeys(map(_source, lines)))
        several = len(sources) > 1
        return [
            Row(
                lines=tuple(line.pk for line in own),
                label=self._label(own),
                number=sources.index(_source(own[0])) + 1 if several else place,
            )
            for place, own in enumerate(parted, start=1)
        ]

    def _label(self, lines: list[CreditMemoLine]) -> str:
        first, amount = lines[0], self.amount(sum(line.gross for line in lines))
        what = Truncator(first.description).chars(LABEL)
        if len(lines) > 1:
            more = ngettext("%(what)s and %(n)s more line", "%(what)s and %(n)s more lines", len(lines) - 1)
            what = more % {"what": what, "n": len(lines) - 1}
        invoice = first.invoice_line.invoice.number if first.invoice_line else ""
        return " · ".join(filter(None, (what, invoice, amount)))

    def form_options(self) -> dict[str, Any]:
        """The rows; none where the verb refuses whatever is typed."""
        return {"rows": self.rows if dividing.may_divide(self.object) else []}

    def check(self) -> None:
        """Ask the guards."""
        dividing.check_divide(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What ends, what begins, and what stays."""
        memo = self.object
        text = _(
            "%(memo)s is voided and its %(amount)s is issued again today: lines with the same number "
            "become one credit memo. Reason, notes, hold and source invoices are kept."
        ) % {"memo": memo, "amount": self.amount(memo.total)}
        return f"{text} {self._date()}"

    def _date(self) -> str:
        if dividing.kept_date(self.object) is None:
            return _("The effective date is in a closed period, so the new credit memos are effective today.")
        return _("The effective date is kept too.")

    def perform(self, form: DivideForm) -> list[CreditMemo]:
        """Divide it."""
        return operations.divide(
            memo=self.object, groups=form.groups, reason=form.cleaned_data["reason"], actor=self.member.actor,
            now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: list[CreditMemo]) -> str:
        """Name them."""
        return _("%(memo)s is divided into %(memos)s.") % {"memo": self.object, "memos": ", ".join(map(str, result))}


def _source(line: CreditMemoLine) -> int | None:
    return line.invoice_line.invoice_id if line.invoice_line else None


def _parted(lines: Iterable[CreditMemoLine], key: Key) -> list[list[CreditMemoLine]]:
    found: dict[Any, list[CreditMemoLine]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    return list(found.values())
