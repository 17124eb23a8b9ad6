"""Who does something: a person acting for a company, or the billing pipeline."""

from dataclasses import dataclass
from typing import Literal

PIPELINE, CALENDAR, MACHINE = "Billing pipeline", "Billing calendar", "Operator of the machine"
PROVIDER = "Payment provider"
"""What the log calls those that are no people; nobody may be called so (``companies.domain.names``)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who is answerable for a change; written into audit rows and, for people, tested against I18.

    ``is_agreed``: it was asked for by another person, and this one agreed.
    """

    marketplace_id: int
    label: str
    user_id: int | None = None
    company_id: int | None = None
    kind: Literal["person", "pipeline"] = "person"
    is_agreed: bool = False

    @property
    def is_pipeline(self) -> bool:
        """The pipeline is exempt from the two-person and own-company rules."""
        return self.kind == "pipeline"

    def second_to(self, maker_id: int | None) -> int | None:
        """The id of this person as the second one, who agreed; None where nobody else asked for it."""
        return None if maker_id in (None, self.user_id) else self.user_id


def pipeline(marketplace_id: int) -> Actor:
    """The actor of everything that happens without anybody's hand."""
    return Actor(marketplace_id=marketplace_id, label=PIPELINE, kind="pipeline")


def provider(marketplace_id: int) -> Actor:
    """The actor of what a payment provider says became of money that it moves."""
    return Actor(marketplace_id=marketplace_id, label=PROVIDER, kind="pipeline")
