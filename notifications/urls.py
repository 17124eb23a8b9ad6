"""Addresses of mails."""

from django.urls import path

from notifications.views.deliveries import ClearBounce, DeliveriesBlock, DeliveryList, DeliveryPage, Resend, ResendMany
from notifications.views.mailing import MailDocument
from notifications.views.settings import NotificationList, NotificationPage
from notifications.views.texts import DefaultText, NewText, OneText

app_name = "notifications"
urlpatterns = [
    path("", DeliveryList.as_view(), name="list"),
    path("<int:pk>/", DeliveryPage.as_view(), name="delivery"),
    path("<int:pk>/resend/", Resend.as_view(), name="resend"),
    path("resend/", ResendMany.as_view(), name="resend_many"),
    path("about/<slug:kind>/<int:document_id>/", DeliveriesBlock.as_view(), name="deliveries"),
    path("about/<slug:kind>/<int:document_id>/send/", MailDocument.as_view(), name="mail_document"),
    path("bounced/<int:pk>/clear/", ClearBounce.as_view(), name="clear_bounce"),
    path("settings/", NotificationList.as_view(), name="settings"),
    path("settings/<slug:kind>/", NotificationPage.as_view(), name="kind"),
    path("settings/<slug:kind>/<slug:language>/", DefaultText.as_view(), name="default_text"),
    path("settings/<slug:kind>/<slug:language>/new/", NewText.as_view(), name="text_new"),
    path("texts/<int:pk>/", OneText.as_view(), name="text"),
]
