"""What conditions may ask of a document (`notifications.domain.conditions`)."""

from core.money import to_major
from documents.domain.kinds import Content


def facts_of(content: Content) -> dict[str, str]:
    """What conditions may ask of a document."""
    return {
        "company": content["payer"]["name"],
        "merchant": content["merchant"]["name"],
        "country": content["payer"]["country"],
        "currency": content["currency"],
        "total": f"{to_major(content['total'], currency=content['currency']):f}",
        "source": "invoice" if content["sources"] else "none",
    }
