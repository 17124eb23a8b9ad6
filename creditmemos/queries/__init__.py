"""Reads that join memos, invoices and their parts into one answer."""
