"""Addresses of credit memos."""

from django.urls import path

from creditmemos.views import (
    adhoc,
    approvals,
    bulk,
    deciding,
    deciding_many,
    detail,
    discarding,
    dividing,
    from_invoice,
    holding,
    reasons,
    undoing,
    verbs,
)
from creditmemos.views import desk as desks
from creditmemos.views import list as lists

app_name = "creditmemos"
urlpatterns = [
    path("", lists.MemoList.as_view(), name="list"),
    path("people/", lists.PeopleLookup.as_view(), name="people_lookup"),
    path("creditable-companies/", lists.CreditableLookup.as_view(), name="creditable_companies"),
    path("new/", adhoc.CreateAdHoc.as_view(), name="create"),
    path("from-invoice/<int:pk>/", from_invoice.CreateFromInvoice.as_view(), name="create_from_invoice"),
    path("void/", bulk.BulkVoid.as_view(), name="bulk_void"),
    path("hold/", bulk.BulkHold.as_view(), name="bulk_hold"),
    path("release/", bulk.BulkRelease.as_view(), name="bulk_release"),
    path("<int:pk>/", detail.MemoPage.as_view(), name="detail"),
    path("<int:pk>/edit/", adhoc.EditDraft.as_view(), name="edit"),
    path("<int:pk>/discard/", discarding.Discard.as_view(), name="discard"),
    path("<int:pk>/explain/", detail.Explain.as_view(), name="explain"),
    path("<int:pk>/activity/", detail.Activity.as_view(), name="activity"),
    path("<int:pk>/void/", verbs.Void.as_view(), name="void"),
    path("<int:pk>/divide/", dividing.Divide.as_view(), name="divide"),
    path("<int:pk>/undo-and-void/", undoing.UndoAndVoid.as_view(), name="undo_and_void"),
    path("<int:pk>/close/", verbs.Close.as_view(), name="close"),
    path("<int:pk>/reopen/", verbs.Reopen.as_view(), name="reopen"),
    path("<int:pk>/hold/", holding.Hold.as_view(), name="hold"),
    path("<int:pk>/release/", holding.Release.as_view(), name="release"),
    path("<int:pk>/reverse/<uuid:application>/", undoing.Reverse.as_view(), name="reverse"),
    path("approvals/", approvals.ApprovalList.as_view(), name="approvals"),
    path("approvals/approve/", deciding_many.ApproveMany.as_view(), name="approvals_approve"),
    path("approvals/reject/", deciding_many.RejectMany.as_view(), name="approvals_reject"),
    path("approvals/<int:pk>/", deciding.ApprovalDetail.as_view(), name="approval"),
    path("approvals/<int:pk>/standing/", deciding.ApprovalStanding.as_view(), name="approval_standing"),
    path("approvals/<int:pk>/approve/", deciding.Approve.as_view(), name="approval_approve"),
    path("approvals/<int:pk>/alone/", deciding.ActAlone.as_view(), name="approval_alone"),
    path("approvals/<int:pk>/reject/", deciding.Reject.as_view(), name="approval_reject"),
    path("approvals/<int:pk>/withdraw/", deciding.Withdraw.as_view(), name="approval_withdraw"),
    path("reasons/", reasons.ReasonList.as_view(), name="reasons"),
    path("reasons/add/", reasons.AddReason.as_view(), name="reason_add"),
    path("reasons/<int:pk>/", reasons.ChangeReason.as_view(), name="reason_change"),
    path("<int:pk>/apply/", desks.MemoDesk.as_view(), name="apply"),
    path("apply/invoices/<int:pk>/", desks.InvoiceDesk.as_view(), name="apply_to_invoice"),
    path("apply/accounts/<int:pk>/", desks.AccountDesk.as_view(), name="apply_account"),
]
