"""What credit memos hold a company by (`companies.queries.ties`)."""

from django.utils.translation import gettext_lazy as _

from companies.queries.ties import Tie, register
from creditmemos.models import CreditMemo


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(Tie(why=_("there are credit memos for it."), rows=lambda pk: CreditMemo.objects.filter(beneficiary_id=pk)))
