"""Payments: what comes in, what it is used for, what a bank takes back."""
