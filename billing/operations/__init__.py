"""The verbs of billing: recording events, and running."""
