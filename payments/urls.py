"""Addresses of payments."""

from django.urls import path

from payments.views import carried, charging, detail, items, paying_out, recording, refunds, returning, verbs, webhooks
from payments.views.list import PaymentList

app_name = "payments"
urlpatterns = [
    path("", PaymentList.as_view(), name="list"),
    path("webhooks/stripe/<str:account>/", webhooks.StripeWebhook.as_view(), name="stripe_webhook"),
    path("record/", recording.Record.as_view(), name="record"),
    path("<int:pk>/", detail.PaymentPage.as_view(), name="detail"),
    path("<int:pk>/journal/", detail.Journal.as_view(), name="journal"),
    path("<int:pk>/activity/", detail.Activity.as_view(), name="activity"),
    path("<int:pk>/trail/", detail.Trail.as_view(), name="trail"),
    path("<int:pk>/ask/", charging.AskNow.as_view(), name="ask"),
    path("charge/<int:pk>/", charging.ChargeNow.as_view(), name="charge"),
    path("<int:pk>/allocate/", verbs.Allocate.as_view(), name="allocate"),
    path("<int:pk>/arrived/", verbs.Settle.as_view(), name="settle"),
    path("<int:pk>/failed/", verbs.Fail.as_view(), name="fail"),
    path("<int:pk>/take-off/<uuid:allocation>/", verbs.TakeOff.as_view(), name="take_off"),
    path("<int:pk>/return/", returning.Return.as_view(), name="return"),
    path("<int:pk>/undo-return/<uuid:row>/", verbs.UndoReturn.as_view(), name="undo_return"),
    path("<int:pk>/keep/", verbs.Keep.as_view(), name="keep"),
    path("<int:pk>/give-back/", refunds.GiveBack.as_view(), name="give_back"),
    path("refund-items/<int:pk>/", items.RefundItems.as_view(), name="refund_items"),
    path("pay-out-used/<int:pk>/", paying_out.PayOutUsed.as_view(), name="pay_out_used"),
    path("give-back-carried/<int:pk>/", carried.GiveBackCarried.as_view(), name="give_back_carried"),
    path("pay-out/<int:pk>/", paying_out.PayOut.as_view(), name="pay_out"),
    path("refunds/", refunds.RefundList.as_view(), name="refunds"),
    path("refunds/<int:pk>/sent/", refunds.Sent.as_view(), name="refund_sent"),
    path("refunds/<int:pk>/failed/", refunds.Failed.as_view(), name="refund_failed"),
    path("refunds/<int:pk>/returned/", refunds.CameBack.as_view(), name="refund_returned"),
]
