"""Addresses of PDFs."""

from django.urls import path

from documents.views import Download, FilesBlock, TryAgain

app_name = "documents"
urlpatterns = [
    path("<int:pk>/", Download.as_view(), name="download"),
    path("of/<slug:kind>/<int:document_id>/", FilesBlock.as_view(), name="files"),
    path("of/<slug:kind>/<int:document_id>/<slug:purpose>/again/", TryAgain.as_view(), name="try_again"),
]
