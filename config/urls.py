"""Every address of the product: each app brings its own list, under its own name."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("core.urls")),
    path("", include("companies.urls")),
    path("credit-memos/", include("creditmemos.urls")),
    path("invoices/", include("invoices.urls")),
    path("subscriptions/", include("subscriptions.urls")),
    path("billing/", include("billing.urls")),
    path("documents/", include("documents.urls")),
    path("mails/", include("notifications.urls")),
]
