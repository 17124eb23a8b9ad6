"""Events that a run must not bill: whoever answers for them belongs to a company that they would credit or charge."""

from collections.abc import Iterable, Mapping

from billing.domain.event_values import OUTSIDE
from billing.models import BillingEvent, Charge
from billing.queries.charges import ChargeRow
from companies.queries.people import own_companies_of_each
from ledger.models import BalanceAccount
from subscriptions.models import Subscription


def barred(
    events: Iterable[BillingEvent],
    sources: Mapping[str, ChargeRow],
    subscriptions: Mapping[int, Subscription],
    accounts: Mapping[int, BalanceAccount],
) -> set[str]:
    """The keys of these events; ``sources`` are the charges that they are about, by the events' keys.

    What an event is about may have been charged after it was recorded, and people join companies: so this is asked
    again, for a whole batch at once. Changes of subscriptions were agreed on by verbs of their own.
    """
    told = [event for event in events if event.answerable_id and event.kind in OUTSIDE]
    circles = own_companies_of_each({event.answerable_id for event in told if event.answerable_id})
    told = [event for event in told if event.answerable_id in circles]
    by_key = {event.key: event for event in told}
    made_for = _beneficiaries({sources[key].id for key in by_key if key in sources})
    found = set()
    for event in told:
        companies = {event.company_id, accounts[event.account_id].payer_id}
        source = sources.get(event.key)
        if source is not None:
            companies |= {made_for[source.id], accounts[int(source.charged.account)].payer_id}
        bought = subscriptions.get((source.subscription_id if source else event.subscription_id) or 0)
        if bought is not None:
            companies |= {bought.company_id, accounts[bought.account_id].payer_id}
        if companies & circles[event.answerable_id or 0].own:
            found.add(event.key)
    return found


def _beneficiaries(charge_ids: set[int]) -> dict[int, int]:
    if not charge_ids:
        return {}
    rows = Charge.objects.filter(pk__in=charge_ids)
    return dict(rows.values_list("pk", "invoice_line__invoice__beneficiary_id"))
