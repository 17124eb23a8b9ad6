"""Every address of the product: each app brings its own list, under its own name."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
