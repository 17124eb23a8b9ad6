"""The columns of lists about companies and people."""

from django.utils.translation import gettext_lazy as _

from web.tables import Column, KeyColumn, LinkColumn, NumberColumn, StatusColumn, Table


class CompanyTable(Table):
    """Companies of the marketplace."""

    name = KeyColumn(_("Name"), url_name="companies:detail", order_by="name")
    kind = StatusColumn(_("Kind"), kind="company")
    parent = LinkColumn(_("Parent"), url_name="companies:detail", wide_only=True)
    reseller = LinkColumn(_("Reseller"), url_name="companies:detail", wide_only=True)
    billing_email = Column(_("Billing e-mail"), wide_only=True)
    external_key = Column(_("External key"), extra=True)
    payment_terms_days = NumberColumn(_("Payment terms, days"), extra=True)
