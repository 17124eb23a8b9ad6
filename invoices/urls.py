"""Addresses of invoices."""

from django.urls import path

from invoices.views import adjusting, detail, verbs
from invoices.views.list import InvoiceList

app_name = "invoices"
urlpatterns = [
    path("", InvoiceList.as_view(), name="list"),
    path("<int:pk>/", detail.InvoicePage.as_view(), name="detail"),
    path("<int:pk>/journal/", detail.Journal.as_view(), name="journal"),
    path("<int:pk>/activity/", detail.Activity.as_view(), name="activity"),
    path("<int:pk>/void/", verbs.Void.as_view(), name="void"),
    path("<int:pk>/settle-difference/", adjusting.SettleDifference.as_view(), name="settle_difference"),
    path("<int:pk>/write-off/", adjusting.WriteOff.as_view(), name="write_off"),
    path("<int:pk>/apply-credit/", verbs.ApplyCredit.as_view(), name="apply_credit"),
]
