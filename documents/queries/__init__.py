"""Reads about PDFs and their templates."""
