"""Reads of what counts against limits."""
