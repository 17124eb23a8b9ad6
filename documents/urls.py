"""Addresses of PDFs, and of the Document Builder."""

from django.urls import path

from documents.views.archives import ArchiveFile, ArchivePage, Archives, ChoosePdfs, Zip
from documents.views.assets import AddFont, AddImage, AssetFile, Assets, RemoveAsset
from documents.views.builder import Builder, NewTemplate
from documents.views.editor import Editor, Preview, Publish
from documents.views.einvoice import EInvoice
from documents.views.files import Copy, Download, FilesBlock, Original, Regenerate, TryAgain, Unified
from documents.views.notes import AddNote, NoteFile, StrikeNote
from documents.views.versions import Activate, UseDefault, VersionPdf, Versions, VersionSource

app_name = "documents"
urlpatterns = [
    path("<int:pk>/", Download.as_view(), name="download"),
    path("<int:pk>/copy/", Copy.as_view(), name="copy"),
    path("<int:pk>/again/", Regenerate.as_view(), name="regenerate"),
    path("of/<slug:kind>/<int:document_id>/", FilesBlock.as_view(), name="files"),
    path("of/<slug:kind>/<int:document_id>/original/", Original.as_view(), name="original"),
    path("of/<slug:kind>/<int:document_id>/unified/", Unified.as_view(), name="unified"),
    path("of/<slug:kind>/<int:document_id>/einvoice/<slug:syntax>/", EInvoice.as_view(), name="einvoice"),
    path("of/<slug:kind>/<int:document_id>/<slug:purpose>/again/", TryAgain.as_view(), name="try_again"),
    path("of/<slug:kind>/<int:document_id>/notes/add/", AddNote.as_view(), name="note_add"),
    path("notes/<int:pk>/file/", NoteFile.as_view(), name="note_file"),
    path("notes/<int:pk>/strike/", StrikeNote.as_view(), name="strike_note"),
    path("choose/<slug:kind>/", ChoosePdfs.as_view(), name="choose"),
    path("zip/<slug:kind>/", Zip.as_view(), name="zip"),
    path("archives/", Archives.as_view(), name="archives"),
    path("archives/<int:pk>/", ArchivePage.as_view(), name="archive"),
    path("archives/<int:pk>/file/", ArchiveFile.as_view(), name="archive_file"),
    path("builder/", Builder.as_view(), name="builder"),
    path("builder/new/", NewTemplate.as_view(), name="template_new"),
    path("builder/<int:pk>/", Editor.as_view(), name="editor"),
    path("builder/<int:pk>/preview/", Preview.as_view(), name="preview"),
    path("builder/<int:pk>/publish/", Publish.as_view(), name="publish"),
    path("builder/<int:pk>/versions/", Versions.as_view(), name="versions"),
    path("builder/versions/<int:pk>/", VersionSource.as_view(), name="version"),
    path("builder/versions/<int:pk>/pdf/", VersionPdf.as_view(), name="version_pdf"),
    path("builder/versions/<int:pk>/use/", Activate.as_view(), name="activate"),
    path("builder/product/<slug:kind>/<slug:language>/", UseDefault.as_view(), name="use_default"),
    path("builder/assets/", Assets.as_view(), name="assets"),
    path("builder/assets/image/", AddImage.as_view(), name="add_image"),
    path("builder/assets/font/", AddFont.as_view(), name="add_font"),
    path("builder/assets/<int:pk>/", AssetFile.as_view(), name="asset"),
    path("builder/assets/<int:pk>/remove/", RemoveAsset.as_view(), name="remove_asset"),
]
