"""Pages of companies, people and the session."""
