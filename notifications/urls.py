"""Addresses of mails."""

from django.urls import path

from notifications.views.deliveries import DeliveriesBlock, Resend
from notifications.views.settings import NotificationSettings

app_name = "notifications"
urlpatterns = [
    path("settings/", NotificationSettings.as_view(), name="settings"),
    path("about/<slug:kind>/<int:document_id>/", DeliveriesBlock.as_view(), name="deliveries"),
    path("<int:pk>/resend/", Resend.as_view(), name="resend"),
]
