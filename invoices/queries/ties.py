"""What invoices hold a company by (`companies.queries.ties`)."""

from django.utils.translation import gettext_lazy as _

from companies.queries.ties import Tie, register
from invoices.models import Invoice


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(Tie(why=_("there are invoices for it."), rows=lambda pk: Invoice.objects.filter(beneficiary_id=pk)))
