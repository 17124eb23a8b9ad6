"""Addresses of PDFs."""

from django.urls import path

from documents.views.files import Download, FilesBlock, Original, Regenerate, TryAgain

app_name = "documents"
urlpatterns = [
    path("<int:pk>/", Download.as_view(), name="download"),
    path("<int:pk>/again/", Regenerate.as_view(), name="regenerate"),
    path("of/<slug:kind>/<int:document_id>/", FilesBlock.as_view(), name="files"),
    path("of/<slug:kind>/<int:document_id>/original/", Original.as_view(), name="original"),
    path("of/<slug:kind>/<int:document_id>/<slug:purpose>/again/", TryAgain.as_view(), name="try_again"),
]
