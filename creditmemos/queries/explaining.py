"""How each figure of a memo came about, in numbers: worked out again and held against what is stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.formats import amount_text, exact_text, percent_text, price_text
from creditmemos.domain.part_credits import cumulative_tax, net_of_quantity
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.queries.explaining_rates import MINUS, OVER, TIMES, Shared, shared_taxes


@dataclass(frozen=True, slots=True)
class Step:
    """One figure: what it is, the sum in numbers, and what it came to, in minor units."""

    label: str
    sum: str
    amount: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A memo line with its steps; ``earlier`` are the lines of other memos that had credited the same charge before."""

    line: CreditMemoLine
    steps: list[Step]
    earlier: list[CreditMemoLine] = field(default_factory=list)


def explain_lines(memo: CreditMemo, lines: Sequence[CreditMemoLine], *, is_masked: bool = False) -> list[Explained]:
    """Explain some of the memo's lines (with ``taxes`` and ``invoice_line`` loaded); up to five queries.

    ``is_masked``: without the sums of lines that the reader may not see.
    """
    earlier = _earlier(memo, [line.invoice_line_id for line in lines if line.invoice_line_id])
    shared = {
        pk: _shared_step(one, memo.currency, is_masked=is_masked)
        for pk, one in shared_taxes(memo, _came_before).items()
    }
    return [_explain(line, earlier.get(line.invoice_line_id or 0, []), shared, memo.currency) for line in lines]


def explain_balance(memo: CreditMemo) -> list[Step]:
    """The total from its parts, and the balance from the total."""
    c = memo.currency
    text = _("%(net)s net + %(tax)s tax") % {"net": amount_text(memo.net, c), "tax": amount_text(memo.tax, c)}
    total = Step(_("Total"), text, memo.total)
    if not memo.is_issued:
        return [total, Step(_("Balance"), _("not issued yet, so there is no credit to apply"), 0)]
    if memo.voided_at:
        return [total, Step(_("Balance"), _("voided, so nothing remains"), 0)]
    parts = (
        _("%(total)s total") % {"total": amount_text(memo.total, c)},
        _("%(applied)s applied") % {"applied": amount_text(memo.applied, c)},
        _("%(paid_out)s paid out") % {"paid_out": amount_text(memo.paid_out, c)},
        _("%(written_off)s written off") % {"written_off": amount_text(memo.written_off, c)},
    )
    return [total, Step(_("Balance"), MINUS.join(parts), memo.balance)]


def _earlier(memo: CreditMemo, invoice_line_ids: list[int]) -> dict[int, list[CreditMemoLine]]:
    """Lines that had credited the same charges when the memo was issued: of memos issued before and not void then."""
    found: dict[int, list[CreditMemoLine]] = defaultdict(list)
    if not invoice_line_ids:
        return found
    rows = (
        CreditMemoLine.objects.filter(invoice_line_id__in=invoice_line_ids, memo__number__isnull=False)
        .exclude(memo_id=memo.pk)
        .select_related("memo")
        .prefetch_related("taxes")
    )
    for row in sorted(rows, key=lambda row: _place(row.memo)):
        if _came_before(row.memo, memo):
            found[row.invoice_line_id or 0].append(row)
    return found


def _place(memo: CreditMemo) -> tuple[datetime, int]:
    return memo.issued_at or memo.created_at, memo.sequence or 0


def _came_before(other: CreditMemo, memo: CreditMemo) -> bool:
    if memo.issued_at is None:
        return other.voided_at is None
    return _place(other) < _place(memo) and (other.voided_at is None or other.voided_at > memo.issued_at)


def _explain(
    line: CreditMemoLine, earlier: list[CreditMemoLine], shared: Mapping[int, Step], currency: str
) -> Explained:
    """``shared`` are the steps of taxes that several lines share, by the tax's id."""
    if line.invoice_line is None:
        return Explained(line, _own_steps(line, shared, currency))
    credited = sum(row.net for row in earlier)
    taxes = [
        shared.get(tax.pk) or _tax_step(line, tax, credited, _tax_before(tax, earlier), currency)
        for tax in line.taxes.all()
    ]
    steps = [_net_step(line, earlier, currency), *taxes]
    return Explained(line, [step for step in steps if step.amount], earlier)


def _shared_step(one: Shared, currency: str, *, is_masked: bool) -> Step:
    """What all lines at the rate take together, and this one's share of it."""
    if is_masked:
        text = _("its share of this tax on all lines at the rate")
    elif one.lines == 1:
        text = one.sum
    else:
        text = _("%(sum)s = %(together)s for %(n)s lines, shared by their net") % {
            "sum": one.sum,
            "together": amount_text(one.together, currency),
            "n": one.lines,
        }
    return _checked(f"{one.tax.name} {percent_text(one.tax.rate)}", text, one.tax.amount, one.share)


def _own_steps(line: CreditMemoLine, shared: Mapping[int, Step], currency: str) -> list[Step]:
    """An ad hoc line: quantity times price, and each tax at its rate."""
    price = price_text(line.unit_price, currency)
    net = Step(_("Net"), f"{exact_text(line.quantity)}{TIMES}{price}", line.net)
    taxes = [
        shared.get(tax.pk)
        or Step(
            f"{tax.name} {percent_text(tax.rate)}",
            f"{amount_text(tax.base, currency)}{TIMES}{percent_text(tax.rate)}",
            tax.amount,
        )
        for tax in line.taxes.all()
    ]
    return [net, *taxes]


def _net_step(line: CreditMemoLine, earlier: list[CreditMemoLine], currency: str) -> Step:
    charge = line.invoice_line
    assert charge is not None  # noqa: S101 - the caller looked
    if line.by == CreditMemoLine.By.QUANTITY:
        before = [row for row in earlier if row.by == CreditMemoLine.By.QUANTITY]
        quantity, net = sum((row.quantity for row in before), Decimal(0)), sum(row.net for row in before)
        expected = net_of_quantity(
            net=charge.net,
            quantity=charge.quantity,
            credited_quantity=quantity,
            credited_net=net,
            credit=line.quantity,
        )
        share = TIMES.join([amount_text(charge.net, currency), _sum(quantity, line.quantity)])
        taken = f"{MINUS}{amount_text(net, currency)}" if net else ""
        text = f"{share}{OVER}{exact_text(charge.quantity)}{taken}"
        return _checked(_("Net"), text, line.net, expected)
    credited = sum(row.net for row in earlier)
    text = _("%(net)s of the %(left)s that could still be credited") % {
        "net": amount_text(line.net, currency),
        "left": amount_text(charge.net - credited, currency),
    }
    return Step(_("Net"), text, line.net)


def _tax_step(line: CreditMemoLine, tax: CreditMemoLineTax, credited: int, credited_tax: int, currency: str) -> Step:
    charge, charged = line.invoice_line, tax.invoice_tax
    assert charge is not None  # noqa: S101 - the caller looked
    label = f"{tax.name} {percent_text(tax.rate)}"
    if charged is None or line.by == CreditMemoLine.By.TAX_ONLY:
        return Step(label, _("tax only, as requested"), tax.amount)
    expected = cumulative_tax(
        net=charge.net, tax=charged.amount, credited_net=credited, credited_tax=credited_tax, credit=line.net
    )
    whole = amount_text(charged.amount, currency)
    taken = f"{MINUS}{amount_text(credited_tax, currency)}" if credited_tax else ""
    if credited + line.net >= charge.net:
        return _checked(label, _("%(tax)s, all that remains") % {"tax": f"{whole}{taken}"}, tax.amount, expected)
    so_far = amount_text(line.net, currency)
    if credited:
        so_far = f"({amount_text(credited, currency)} + {so_far})"
    return _checked(
        label, f"{whole}{TIMES}{so_far}{OVER}{amount_text(charge.net, currency)}{taken}", tax.amount, expected
    )


def _tax_before(tax: CreditMemoLineTax, earlier: Iterable[CreditMemoLine]) -> int:
    return sum(
        other.amount for row in earlier for other in row.taxes.all() if other.invoice_tax_id == tax.invoice_tax_id
    )


def _checked(label: str, text: str, stored: int, expected: int) -> Step:
    """The sum, or, should it not give what is stored, the words that it was stored so."""
    return Step(label, text if stored == expected else _("as stored when it was issued"), stored)


def _sum(before: Decimal, now: Decimal) -> str:
    return f"({exact_text(before)} + {exact_text(now)})" if before else exact_text(now)
