"""Credit limits through their operations."""

from companies.models import Company, MarketplaceSettings
from companies.operations import approvals
from core.models import Approval
from limits.models import CreditLine
from limits.operations import Answer, change_limit, check_credit
from limits.operations.limiting import Terms
from tests.factories.world import NOW, Market


def line_of(company: Company) -> CreditLine:
    """The credit line of a company, as it is now."""
    return CreditLine.objects.select_related("payer__marketplace").get(payer=company)


def limited(market: Market, amount: int | None, *, company: Company | None = None, **extra: object) -> CreditLine:
    """Give a company a limit in minor units (None: blocked), with a second person where that takes one."""
    company = company or market.acme
    terms = Terms("blocked" if amount is None else "limit", amount, **extra)  # type: ignore[arg-type]
    found = change_limit(line=line_of(company), terms=terms, reason="Agreed", actor=market.actor(), now=NOW)
    if isinstance(found, Approval):
        approvals.approve(approval=found, actor=market.actor("second_manager"), now=NOW)
    return line_of(company)


def default_limit(market: Market, amount: int | None, *, days: int = 30) -> None:
    """The limit of companies without one of their own."""
    rows = MarketplaceSettings.objects.filter(marketplace=market.marketplace)
    rows.update(credit_limit=amount, credit_window_days=days)


def ask(market: Market, amount: int, *, company: Company | None = None, key: str = "", **extra: object) -> Answer:
    """Ask as a checkout does; with a key, what passes is kept."""
    values: dict[str, object] = {"keeps": bool(key), "actor": market.actor(), "now": NOW, **extra}
    return check_credit(company=company or market.acme, amount=amount, key=key, **values)  # type: ignore[arg-type]
