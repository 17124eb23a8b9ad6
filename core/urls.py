"""Addresses of the frame itself."""

from django.urls import path
from django.views.i18n import set_language

from core.views.frame import DeleteFilter, Home, SavedFilters, SaveFilter, Theme
from core.views.search import Search
from core.views.work import FailedWork

app_name = "core"
urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("search/", Search.as_view(), name="search"),
    path("failed-work/", FailedWork.as_view(), name="failed_work"),
    path("theme/", Theme.as_view(), name="theme"),
    path("language/", set_language, name="language"),
    path("saved-filters/", SavedFilters.as_view(), name="saved_filters"),
    path("saved-filters/save/", SaveFilter.as_view(), name="save_filter"),
    path("saved-filters/<int:pk>/delete/", DeleteFilter.as_view(), name="delete_filter"),
]
