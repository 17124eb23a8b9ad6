"""Reads of invoices that more than one page needs."""
