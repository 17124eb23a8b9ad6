"""The list page that every list of the product is: declare columns, filters and a queryset, and it is there."""

from web.lists.page import BulkAction, ListPage

__all__ = ["BulkAction", "ListPage"]
