"""Addresses of payments."""

from django.urls import path

from payments.views import detail
from payments.views.list import PaymentList

app_name = "payments"
urlpatterns = [
    path("", PaymentList.as_view(), name="list"),
    path("<int:pk>/", detail.PaymentPage.as_view(), name="detail"),
    path("<int:pk>/journal/", detail.Journal.as_view(), name="journal"),
    path("<int:pk>/activity/", detail.Activity.as_view(), name="activity"),
]
