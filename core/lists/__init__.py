"""The list page that every list of the product is: declare columns, filters and a queryset, and it is there."""

from core.lists.page import BulkAction, ListPage

__all__ = ["BulkAction", "ListPage"]
