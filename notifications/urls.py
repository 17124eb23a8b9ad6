"""Addresses of mails."""

from django.urls import path

from notifications.views import DeliveriesBlock, Resend

app_name = "notifications"
urlpatterns = [
    path("about/<slug:kind>/<int:document_id>/", DeliveriesBlock.as_view(), name="deliveries"),
    path("<int:pk>/resend/", Resend.as_view(), name="resend"),
]
