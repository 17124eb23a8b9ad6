"""Pages of credit limits."""
