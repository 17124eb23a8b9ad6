"""Pure: no rows, no clock, no settings."""
