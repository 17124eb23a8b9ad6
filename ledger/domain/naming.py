"""What is called by its id alone, so that the journal's readers can name it too."""


def payment_name(pk: int | None) -> str:
    """What a payment is called; empty where there is none, or it was not stored yet."""
    return f"P-{pk:06d}" if pk else ""
