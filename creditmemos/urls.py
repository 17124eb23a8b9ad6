"""Addresses of credit memos."""

from django.urls import path

from creditmemos.views import approvals, deciding
from creditmemos.views import list as lists

app_name = "creditmemos"
urlpatterns = [
    path("", lists.MemoList.as_view(), name="list"),
    path("people/", lists.PeopleLookup.as_view(), name="people_lookup"),
    path("creditable-companies/", lists.CreditableLookup.as_view(), name="creditable_companies"),
    path("approvals/", approvals.ApprovalList.as_view(), name="approvals"),
    path("approvals/<int:pk>/", deciding.ApprovalDetail.as_view(), name="approval"),
    path("approvals/<int:pk>/approve/", deciding.Approve.as_view(), name="approval_approve"),
    path("approvals/<int:pk>/reject/", deciding.Reject.as_view(), name="approval_reject"),
    path("approvals/<int:pk>/withdraw/", deciding.Withdraw.as_view(), name="approval_withdraw"),
]
