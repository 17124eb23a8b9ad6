"""Databases that an earlier release made, brought to today's code."""
