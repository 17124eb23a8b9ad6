"""What a payment is called: told here, as the journal's readers name payments too."""


def payment_name(number: int | None) -> str:
    """``P-000123`` of a payment's number in its marketplace; empty where there is none."""
    return f"P-{number:06d}" if number else ""
