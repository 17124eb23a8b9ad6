"""The words for codes that invoices store. Statuses have theirs in `web.badges`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCES: dict[str, Promise] = {
    "checkout": _("Checkout"),
    "billing": _("Billing run"),
    "ad_hoc": _("Ad hoc"),
}
