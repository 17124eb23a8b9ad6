"""Every address of the product: each app brings its own list, under its own name."""

from django.urls import URLPattern, URLResolver, include, path

from companies import urls as companies
from office import urls as office

handler500 = "web.views.failed.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("office.urls")),
    path("", include(([*companies.urlpatterns, *office.company_patterns], companies.app_name))),
    path("credit-memos/", include("creditmemos.urls")),
    path("invoices/", include("invoices.urls")),
    path("payments/", include("payments.urls")),
    path("subscriptions/", include("subscriptions.urls")),
    path("billing/", include("billing.urls")),
    path("credit/", include("limits.urls")),
    path("documents/", include("documents.urls")),
    path("mails/", include("notifications.urls")),
]
