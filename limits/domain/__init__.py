"""Pure: limits and what they allow."""
