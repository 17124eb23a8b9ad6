"""Addresses of the frame itself, and of the pages that gather from many apps.

Names of addresses stay what they were, so the latter go on being called `companies:...` (see `config.urls`).
"""

from django.urls import path
from django.views.i18n import set_language

from office.views.audit import AuditLog
from office.views.company import CompanyPage
from office.views.frame import DeleteFilter, Home, ReadAmount, SavedFilters, SaveFilter, Theme
from office.views.merchants import ChangeCode, MakeMerchant
from office.views.search import Search
from office.views.settings import ClosePeriod, DocumentSettings, NumberPreview
from office.views.work import FailedWork

app_name = "core"
urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("search/", Search.as_view(), name="search"),
    path("failed-work/", FailedWork.as_view(), name="failed_work"),
    path("read-amount/", ReadAmount.as_view(), name="read_amount"),
    path("theme/", Theme.as_view(), name="theme"),
    path("language/", set_language, name="language"),
    path("saved-filters/", SavedFilters.as_view(), name="saved_filters"),
    path("saved-filters/save/", SaveFilter.as_view(), name="save_filter"),
    path("saved-filters/<int:pk>/delete/", DeleteFilter.as_view(), name="delete_filter"),
]

company_patterns = [
    path("audit-log/", AuditLog.as_view(), name="audit"),
    path("settings/", DocumentSettings.as_view(), name="settings"),
    path("settings/numbers/", NumberPreview.as_view(), name="numbering_preview"),
    path("settings/periods/<int:pk>/", ClosePeriod.as_view(), name="close_period"),
    path("companies/<int:pk>/", CompanyPage.as_view(), name="detail"),
    path("companies/<int:pk>/merchant/", MakeMerchant.as_view(), name="make_merchant"),
    path("merchants/<int:pk>/code/", ChangeCode.as_view(), name="merchant_code"),
]
