"""Addresses of payments."""

from django.urls import path

from payments.views import detail, recording, returning, verbs
from payments.views.list import PaymentList

app_name = "payments"
urlpatterns = [
    path("", PaymentList.as_view(), name="list"),
    path("record/", recording.Record.as_view(), name="record"),
    path("<int:pk>/", detail.PaymentPage.as_view(), name="detail"),
    path("<int:pk>/journal/", detail.Journal.as_view(), name="journal"),
    path("<int:pk>/activity/", detail.Activity.as_view(), name="activity"),
    path("<int:pk>/allocate/", verbs.Allocate.as_view(), name="allocate"),
    path("<int:pk>/arrived/", verbs.Settle.as_view(), name="settle"),
    path("<int:pk>/failed/", verbs.Fail.as_view(), name="fail"),
    path("<int:pk>/take-off/<uuid:allocation>/", verbs.TakeOff.as_view(), name="take_off"),
    path("<int:pk>/return/", returning.Return.as_view(), name="return"),
    path("<int:pk>/undo-return/<uuid:row>/", verbs.UndoReturn.as_view(), name="undo_return"),
    path("<int:pk>/keep/", verbs.Keep.as_view(), name="keep"),
]
