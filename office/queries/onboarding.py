"""What a new marketplace still needs before its first invoice, step by step, from what its rows say."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import TaxRule
from companies.models import Company, Marketplace
from creditmemos.queries.numbers import next_numbers
from invoices.models import Invoice
from subscriptions.models import Plan, Subscription

PERMISSION = "settings.view"
SHOWN = 5
"""Rules of the tax table that are named."""
FILES = "django.core.mail.backends.filebased.EmailBackend"


class Step(NamedTuple):
    """One thing to do: what it is and how it stands, whether it is done, and the page that does it (a URL's name)."""

    title: str
    text: str
    is_done: bool
    button: str
    url_name: str


def is_empty(marketplace: Marketplace) -> bool:
    """Whether nothing was billed here yet."""
    return not Invoice.objects.filter(marketplace=marketplace).exists()


def steps_of(marketplace: Marketplace, *, now: datetime) -> list[Step]:
    """The steps, in the order in which they are best done."""
    return [
        _company(marketplace), _plan(marketplace), _taxes(marketplace), _numbering(marketplace, now), _mail(),
        *_first_invoice(marketplace),
    ]  # fmt: skip


def _company(marketplace: Marketplace) -> Step:
    count = marketplace.companies.exclude(kind=Company.Kind.OPERATOR).count()
    some = ngettext("%(n)s company so far.", "%(n)s companies so far.", count) % {"n": count}
    text = some if count else _("The companies you bill: customers, and resellers with their customers.")
    return Step(_("Company"), text, bool(count), _("Add a company"), "companies:add")


def _plan(marketplace: Marketplace) -> Step:
    count = Plan.objects.filter(edition__product__marketplace=marketplace).count()
    text = _("A product has editions, and an edition has plans with prices and billing periods.")
    return Step(_("Product and plan"), text, bool(count), _("Products"), "subscriptions:products")


def _taxes(marketplace: Marketplace) -> Step:
    rules = TaxRule.objects.filter(marketplace=marketplace)
    first = [f"{rule.country} {rule.name} {rule.percent} %" for rule in rules[: SHOWN + 1]]
    table = ", ".join([*first[:SHOWN], *(["…"] if len(first) > SHOWN else [])])
    text = (
        _("The table contains %(table)s. Check it before you bill.") % {"table": table} if table else _("It is empty.")
    )
    return Step(_("Tax table"), text, bool(table), _("Tax table"), "billing:taxes")


def _numbering(marketplace: Marketplace, now: datetime) -> Step:
    upcoming = next_numbers(marketplace.settings, today=marketplace.today(now))
    numbers = ", ".join(each.number for each in upcoming)
    text = _("The next numbers are %(numbers)s. Numbers that were given never change.") % {"numbers": numbers}
    return Step(_("Numbering"), text, True, _("Settings"), "companies:settings")


def _mail() -> Step:
    is_sent = settings.EMAIL_BACKEND != FILES
    text = _("Mails are sent from %(sender)s.") if is_sent else _("Mails are kept as files on the server, not sent.")
    sender = {"sender": settings.DEFAULT_FROM_EMAIL}
    return Step(_("Mail"), text % sender, is_sent, _("Mails"), "notifications:settings")


def _first_invoice(marketplace: Marketplace) -> Iterator[Step]:
    has_one = Subscription.objects.filter(marketplace=marketplace).exists()
    text = _("Which company has which plan, and since when.")
    yield Step(_("Subscription"), text, has_one, _("New subscription"), "subscriptions:new")
    text = _("A billing run charges what is due, issues invoices, creates their PDFs and mails them.")
    yield Step(_("First invoice"), text, False, _("Start a run"), "billing:run_new")
