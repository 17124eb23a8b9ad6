"""The ledger app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from companies.queries.ties import Tie, register
        from ledger.models import BalanceAccount

        register(Tie(why=_("it has a balance account."), rows=lambda pk: BalanceAccount.objects.filter(payer_id=pk)))
