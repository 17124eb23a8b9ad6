"""What is sold, as far as rating cares: opaque keys for the scope of discounts, and the class that taxes go by."""

from dataclasses import dataclass

Key = int | str
"""A row's id, a UUID as text, anything that names it: rating only compares and repeats keys."""


@dataclass(frozen=True, slots=True)
class Item:
    """A product, its edition and plan where it has them, and the product's tax class."""

    product: Key
    edition: Key | None = None
    plan: Key | None = None
    tax_class: str = ""
