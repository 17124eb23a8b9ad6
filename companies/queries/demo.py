"""The people of the demo: who they are, and the password that the sign-in page shows in demo mode."""

from dataclasses import dataclass

from django.conf import settings

from companies.domain.roles import Role
from companies.models import Membership

DOMAIN = "demo.example"
PASSWORD = "offset-demo"  # noqa: S105 - shown on the sign-in page, and of no use outside demo mode


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A sign-in to offer."""

    email: str
    name: str
    role: str
    company: str
    marketplace: str


def is_demo_address(email: str) -> bool:
    """Whether a sign-in belongs to the demo; such sign-ins work in demo mode only."""
    return email.endswith("@" + DOMAIN)


def demo_people() -> list[DemoPerson]:
    """Everybody to try the product as, managers first; nobody outside demo mode."""
    if not settings.DEMO:
        return []
    order = {role: place for place, role in enumerate(Role.values)}
    rows = Membership.objects.active().filter(user__email__endswith="@" + DOMAIN)
    people = [
        (
            row.company.marketplace_id,
            order[row.roles[0]],
            DemoPerson(
                email=row.user.email,
                name=row.name,
                role=str(Role(row.roles[0]).label),
                company=row.company.name,
                marketplace=row.company.marketplace.name,
            ),
        )
        for row in rows.select_related("user", "company__marketplace").order_by("pk")
    ]
    return [person for _marketplace, _role, person in sorted(people, key=lambda each: each[:2])]
