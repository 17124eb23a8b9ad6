"""How pages are made: access, views, lists, tables, filters, forms, fields, widgets, exports, template tags."""
