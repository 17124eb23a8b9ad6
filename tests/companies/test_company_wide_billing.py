"""Switch how a company is billed: noted, and no document moves."""

from companies import operations
from companies.domain.refusals import BillingUnchanged
from companies.models import Company
from core.errors import Missing
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.verbs import noted, refused, snapshot


def switch(market: Market, on: bool) -> Company:
    return operations.set_company_wide_billing(company=market.acme, on=on, actor=market.actor(), now=NOW)


def test_it_is_switched_and_noted(market: Market) -> None:
    switch(market, on=False)
    market.acme.refresh_from_db()
    assert market.acme.company_wide_billing is False
    entry = noted("company.billing_changed")
    assert (entry.object_id, entry.company) == (market.acme.pk, market.acme)
    assert (entry.before, entry.after) == ({"company_wide_billing": True}, {"company_wide_billing": False})


def test_no_document_moves(market: Market) -> None:
    issue_memo(market)
    before = snapshot()
    switch(market, on=False)
    after = snapshot()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"companies.Company", "core.AuditEntry"}


def test_it_stands_there_already(market: Market) -> None:
    with refused(BillingUnchanged) as caught:
        switch(market, on=True)
    assert caught.value.message == "Nothing to change: Acme north is already billed that way."


def test_a_stranger_finds_no_company(market: Market) -> None:
    south = make_market("south")
    with refused(Missing):
        operations.set_company_wide_billing(company=market.acme, on=False, actor=south.actor(), now=NOW)
