"""The rows of the ad hoc form, read strictly: description, quantity, unit price and tax of each line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from core.formats import percent_text
from core.money import plain_price
from core.typed import typed_number
from creditmemos.domain.drafting import DraftLine
from creditmemos.models import CreditMemoLine
from creditmemos.queries.composing import compose_ad_hoc
from invoices.domain.charging import LONGEST_DESCRIPTION, PRICE_PLACES, QUANTITY_PLACES, Charge, TaxRate
from subscriptions.models import Subscription
from web.fields import ExactField, typed_exact

MOST_ROWS = 50
PARTS = ("description", "quantity", "price", "tax")
SUBSCRIPTION = "subscription"
"""The part that names what a row was filled from."""
LABELS = {
    "description": gettext_lazy("Description"),
    "quantity": gettext_lazy("Quantity"),
    "price": gettext_lazy("Unit price"),
    "tax": gettext_lazy("Tax"),
}


def tax_key(tax: TaxRate) -> str:
    """A tax as a choice's value."""
    return f"{tax.rate.normalize():f} {tax.name}"


@dataclass(slots=True, eq=False)
class LineRow:
    """One line as it was typed; ``drafted`` is the memo line that it gives, ``errors`` are by part."""

    position: int
    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    charge: Charge | None = None
    drafted: DraftLine | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed; the quantity that stands there from the start doesn't count."""
        return not any(self.texts[part] for part in ("description", "price", "tax"))

    def name(self, part: str) -> str:
        """The name of one of its boxes."""
        return f"line-{self.position}-{part}"

    def boxes(self) -> dict[str, dict[str, str]]:
        """For the template: name, text and error of each part."""
        return {
            part: {"name": self.name(part), "text": self.texts[part], "error": self.errors.get(part, "")}
            for part in PARTS
        }


def sent_rows(data: QueryDict, go: str) -> list[LineRow]:
    """The rows that came back, without the one to remove, with a blank one to add."""
    text = data.get("rows", "")
    count = min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < len("1000") else 1
    kept = [number for number in range(1, count + 1) if go != f"remove-{number}"]
    rows = [_sent(data, number, position) for position, number in enumerate(kept, start=1)]
    if (go == "add" and len(rows) < MOST_ROWS) or not rows:
        rows.append(blank_row(len(rows) + 1))
    return rows


def _sent(data: QueryDict, number: int, position: int) -> LineRow:
    return LineRow(
        position, {part: data.get(f"line-{number}-{part}", "").strip(" ") for part in (*PARTS, SUBSCRIPTION)}
    )


def blank_row(position: int) -> LineRow:
    """A row to type into."""
    return LineRow(position, {"description": "", "quantity": "1", "price": "", "tax": "", SUBSCRIPTION: ""})


def subscription_row(position: int, subscription: Subscription, currency: str, tax: TaxRate | None) -> LineRow:
    """A row for what a company has subscribed to: its words, its tax and, where a unit has one price, that price."""
    terms = subscription.terms.select_related("plan__edition").order_by("-position")[0]
    plan = terms.plan
    row = blank_row(position)
    row.texts["description"] = f"{subscription.product}, {plan.edition}, {plan}"[:LONGEST_DESCRIPTION]
    if len(plan.tiers) == 1:
        row.texts["price"] = typed_number(plain_price(Decimal(str(plan.tiers[0][1])), currency=currency))
    row.texts["tax"] = tax_key(tax) if tax else ""
    row.texts[SUBSCRIPTION] = str(subscription.pk)
    return row


def stored_rows(lines: Iterable[CreditMemoLine], currency: str, known: Mapping[UUID, Subscription]) -> list[LineRow]:
    """A draft's lines as they would be typed; ``taxes`` at hand, ``known`` are the subscriptions that they name."""
    return [
        LineRow(
            position,
            {
                "description": line.description,
                "quantity": typed_exact(line.quantity),
                "price": typed_number(plain_price(line.unit_price, currency=currency)),
                "tax": next((tax_key(TaxRate(tax.name, tax.rate)) for tax in line.taxes.all()), ""),
                SUBSCRIPTION: _subscription(line, known),
            },
        )
        for position, line in enumerate(lines, start=1)
    ]


def _subscription(line: CreditMemoLine, known: Mapping[UUID, Subscription]) -> str:
    found = known.get(line.subscription_uuid) if line.subscription_uuid else None
    return str(found.pk) if found else ""


def tax_choices(taxes: Sequence[TaxRate]) -> list[tuple[str, str]]:
    """The taxes to choose from, none first."""
    return [("", _("No tax")), *((tax_key(tax), f"{tax.name} {percent_text(tax.rate)}") for tax in taxes)]


def read_row(
    row: LineRow, *, currency: str, taxes: Sequence[TaxRate], known: Mapping[str, Subscription] | None = None
) -> None:
    """Turn the texts into a charge and work its line out, as issuing will; what can't be read is an error.

    ``known`` are the company's subscriptions by id, for rows that were filled from one.
    """
    fields: dict[str, forms.Field] = {
        "description": forms.CharField(max_length=LONGEST_DESCRIPTION),
        "quantity": ExactField(places=QUANTITY_PLACES),
        "price": ExactField(places=PRICE_PLACES, currency=currency),
        "tax": forms.ChoiceField(choices=tax_choices(taxes), required=False),
    }
    values: dict[str, Any] = {}
    for part, one in fields.items():
        try:
            values[part] = one.clean(row.texts[part])
        except ValidationError as error:
            row.errors[part] = str(error.messages[0])
    if row.errors:
        return
    if values["quantity"] == Decimal(0):
        row.errors["quantity"] = _("Enter a quantity above 0.")
        return
    about = (known or {}).get(row.texts.get(SUBSCRIPTION, ""))
    _draft(row, values, currency, {tax_key(tax): tax for tax in taxes}, about)


def _draft(
    row: LineRow, values: dict[str, Any], currency: str, taxes: dict[str, TaxRate], about: Subscription | None
) -> None:
    product = about.product if about else None
    charge = Charge(
        product_name=product.name if product else "",
        product_uuid=product.uuid if product else None,
        vendor_id=product.vendor_id if product else None,
        subscription_uuid=about.uuid if about else None,
        description=values["description"],
        quantity=values["quantity"],
        unit_price=values["price"],
        taxes=(taxes[values["tax"]],) if values["tax"] else (),
    )
    try:
        [row.drafted] = compose_ad_hoc([charge], currency)
    except Refusal as refusal:
        row.errors["price"] = refusal.message
    else:
        row.charge = charge
