"""Pages of credit memos."""
