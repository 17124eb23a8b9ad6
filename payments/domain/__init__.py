"""Pure: what a payment's amounts say, and how money is planned."""
