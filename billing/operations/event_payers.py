"""Whose debt or credit an event is, and what is known of the charge that it is about."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from billing.domain.event_values import Facts
from billing.models import BillingEvent, Charge
from billing.queries.replaced import current_keys
from core.in_array import among
from ledger.operations import account_for, merchant_and_payer

_CHARGED = ("net", "tax", "credited_net", "unit_price")


class Owed(NamedTuple):
    """A balance account, who pays it, and whom the charge was made for that an event is about.

    ``net``, ``tax`` and ``credited`` (net) are that charge's in minor units, ``price`` that of one in major units.
    """

    account: int
    payer: int
    beneficiary: int | None = None
    net: int | None = None
    tax: int = 0
    credited: int = 0
    price: Decimal | None = None

    def companies(self, told: int) -> set[int]:
        """All that are concerned, with the company that was told; nobody records for their own (I18)."""
        return {told, self.payer, self.beneficiary or told}

    def with_tax(self, net: int) -> int:
        """A part of the charge with its tax; without a charge as it is."""
        return net + _rounded(Decimal(net) * self.tax / self.net) if self.net else net

    @property
    def left(self) -> int | None:
        """What can still be credited of the charge, with its tax; None where there is no charge yet."""
        return None if self.net is None else self.with_tax(max(0, self.net - self.credited))


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def sources_named(marketplace_id: int, keys: Iterable[str]) -> dict[str, Owed]:
    """What these keys name: a charge by its own key or its event's, or an event that waits to be charged."""
    named = {key for key in keys if key}
    if not named:
        return {}
    current = current_keys(marketplace_id, named)
    asked = {current.get(key, key) for key in named}
    events = BillingEvent.objects.filter(among("key", asked), marketplace_id=marketplace_id)
    told: Any = events.values_list("key", "account_id", "account__payer_id", "company_id")
    waiting = {key: Owed(*rest) for key, *rest in told}
    charges = Charge.objects.exclude(state=Charge.State.RETURNED).filter(
        among("key", [*asked, *(f"{key}/0" for key in asked)]), marketplace_id=marketplace_id
    )
    columns = [f"invoice_line__{name}" for name in ("invoice__beneficiary_id", *_CHARGED)]
    rows: Any = charges.values_list("key", "account_id", "account__payer_id", *columns)
    made = {key: Owed(*rest) for key, *rest in rows}
    found = waiting | {key.removesuffix("/0"): owed for key, owed in made.items()} | made
    return found | {key: found[then] for key, then in current.items() if then in found}


def concerned(events: Iterable[BillingEvent]) -> dict[int, set[int]]:
    """By event: ids of the companies whose debt or credit it is, and for whom the charge was made that it is about.

    The events are one marketplace's, with their accounts.
    """
    rows = list(events)
    sources = sources_named(rows[0].marketplace_id, [row.source_key for row in rows]) if rows else {}
    found = {row.pk: {row.company_id, row.account.payer_id} for row in rows}
    for row in rows:
        if row.source_key in sources:
            found[row.pk] |= sources[row.source_key].companies(row.company_id)
    return found


def owed_of(facts: Facts, sources: Mapping[str, Owed]) -> Owed:
    """That of the charge it is about, of its subscription, or of its company's payer, whose account may be new."""
    if facts.source_key in sources:
        return sources[facts.source_key]
    if facts.subscription is not None:
        account = facts.subscription.account
    else:
        merchant, payer = merchant_and_payer(facts.company)
        account = account_for(payer=payer, merchant=merchant)
    return Owed(account.pk, account.payer_id)
