"""Addresses of credit memos."""

from django.urls import path

from creditmemos.views import list as lists

app_name = "creditmemos"
urlpatterns = [
    path("", lists.MemoList.as_view(), name="list"),
    path("people/", lists.PeopleLookup.as_view(), name="people_lookup"),
    path("creditable-companies/", lists.CreditableLookup.as_view(), name="creditable_companies"),
]
