"""What holds a company as it is: each app registers what it made for one, by one plain call in ``AppConfig.ready``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, MerchantOfRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Rows that need the company to stay of its kind and, where ``keeps_on``, to stay active.

    ``why`` says in a sentence what there is and what to do first; ``rows`` finds them for a company's id.
    """

    why: str | Promise
    rows: Callable[[int], QuerySet[Any]]
    keeps_kind: bool = True
    keeps_on: bool = False


_TIES: list[Tie] = []


def register(*ties: Tie) -> None:
    """Add an app's ties."""
    _TIES.extend(ties)


def why_of_kind(company_id: int) -> str:
    """Why the company's kind is kept; empty when nothing depends on it."""
    return _first(company_id, [tie for tie in _TIES if tie.keeps_kind])


def why_on(company_id: int) -> str:
    """Why the company can't be switched off; empty when nothing needs it."""
    return _first(company_id, [tie for tie in _TIES if tie.keeps_on])


def _first(company_id: int, ties: list[Tie]) -> str:
    return next((str(tie.why) for tie in ties if tie.rows(company_id).exists()), "")


def register_all() -> None:
    """The ties of companies themselves; called from AppConfig.ready."""
    register(
        Tie(
            why=_("it has members, whose roles depend on its kind."),
            rows=lambda pk: Membership.objects.filter(company_id=pk, is_active=True),
        ),
        Tie(
            why=_("it is a merchant of record."),
            rows=lambda pk: MerchantOfRecord.objects.filter(company_id=pk),
        ),
        Tie(
            why=_("it pays for active customers. Give them another reseller or none, or deactivate them first."),
            rows=lambda pk: Company.objects.filter(reseller_id=pk, is_active=True),
            keeps_on=True,
        ),
        Tie(why=_("it is the reseller of customers."), rows=lambda pk: Company.objects.filter(reseller_id=pk)),
    )
