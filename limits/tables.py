"""The columns of the list of companies near their limit, and of what an addend lists."""

from django.utils.translation import gettext_lazy as _

from web.tables import AmountColumn, KeyColumn, NumberColumn, StatusColumn, Table


class NearTable(Table):
    """Companies near or over their limit; ``counts`` is what counts against it."""

    name = KeyColumn(_("Company"), url_name="limits:panel", order_by="name")
    state = StatusColumn(_("Status"), kind="credit_line", accessor="standing")
    counts = AmountColumn(_("Counts against the limit"), accessor="counts", accounting=True)
    limit = AmountColumn(_("Credit limit"), accessor="credit_limit", wide_only=True)
    percent = NumberColumn(_("Used, percent"), accessor="used", wide_only=True)
