"""What was typed on the apply desk: amounts per pair, read strictly, and the figures that the person was looking at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import QueryDict

from creditmemos.domain.planning import Allocation
from creditmemos.queries.desk import SORTED_BY
from web.fields import AmountField
from web.lookups import MOST_LETTERS

Pair = tuple[int, int]
"""A memo's id and an invoice's id."""

_ID = r"([1-9][0-9]{0,17})"
_AMOUNT = re.compile(rf"amount-{_ID}-{_ID}", re.ASCII)
_SEEN = re.compile(rf"seen-(memo|invoice)-{_ID}", re.ASCII)
_MINOR = re.compile(r"[0-9]{1,16}", re.ASCII)
_WHOLE = re.compile(_ID, re.ASCII)
MOST_TYPED = 500
"""More amounts than any desk has boxes for."""


def name_of(pair: Pair) -> str:
    """The name of a pair's box, which refusals use too."""
    return f"amount-{pair[0]}-{pair[1]}"


@dataclass(frozen=True, slots=True)
class SubmittedDesk:
    """The desk as it came back: what was typed where, and what was seen then (minor units by id, in page order)."""

    order: str = ""
    find: str = ""
    texts: Mapping[Pair, str] = field(default_factory=dict)
    seen_memos: Mapping[int, int] = field(default_factory=dict)
    seen_invoices: Mapping[int, int] = field(default_factory=dict)
    columns: tuple[int, ...] = ()

    @property
    def memo_ids(self) -> set[int]:
        """Memos for which something was typed."""
        return {memo_id for memo_id, _invoice_id in self.texts}

    @property
    def invoice_ids(self) -> set[int]:
        """Invoices for which something was typed."""
        return {invoice_id for _memo_id, invoice_id in self.texts}


def read_submitted(data: QueryDict) -> SubmittedDesk:
    """Read a desk from a query string or a sent form; what is none of it is ignored, blank boxes are left out.

    Raises SuspiciousOperation for more amounts than a desk has.
    """
    texts: dict[Pair, str] = {}
    seen: dict[str, dict[int, int]] = {"memo": {}, "invoice": {}}
    for name in data:
        value = data.get(name, "")
        if (pair := _AMOUNT.fullmatch(name)) and value.strip(" "):
            texts[int(pair[1]), int(pair[2])] = value
        elif (document := _SEEN.fullmatch(name)) and _MINOR.fullmatch(value):
            seen[document[1]][int(document[2])] = int(value)
    if len(texts) > MOST_TYPED:
        raise SuspiciousOperation("more amounts than a desk has boxes")
    order = data.get("order", "")
    return SubmittedDesk(
        order=order if order in SORTED_BY else "",
        find=data.get("find", "").replace("\0", "").strip()[:MOST_LETTERS],
        texts=texts,
        seen_memos=seen["memo"],
        seen_invoices=seen["invoice"],
        columns=tuple(int(text) for text in data.getlist("use")[:100] if _WHOLE.fullmatch(text)),
    )


def read_amounts(texts: Mapping[Pair, str], currency: str) -> tuple[list[Allocation], dict[str, str]]:
    """The allocations that the texts say, in the order of their ids, and an error for each text that says none."""
    box = AmountField(currency=currency)
    allocations, errors = [], {}
    for pair in sorted(texts):
        try:
            amount = box.clean(texts[pair])
        except ValidationError as error:
            errors[name_of(pair)] = str(error.messages[0])
        else:
            allocations.append(Allocation(*pair, amount))
    return allocations, errors
