"""Whom a notice is mailed to: the payer's own people, and never anybody else's."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from companies.models import Company, Membership
from companies.queries.people import billing_contacts
from notifications.domain.kinds import Notice
from notifications.models import Audience

COPY = "copy"
"""What somebody is who only gets a copy."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address, whose it is if it is a person's, how to greet, the language that they asked for, and as what."""

    address: str
    user_id: int | None
    name: str
    language: str
    role: str


def recipients_of(notice: Notice, *, audience: Collection[str], cc: Iterable[str] = ()) -> list[Recipient]:
    """The payer's people and address that the audience names, then the copies; each once.

    A billed user who is no member of the payer gets nothing: what a reseller owes is hidden from its customer.
    """
    company = Company.objects.get(pk=notice.company_id)
    found = [
        _person(member, role)
        for member in billing_contacts(company)
        for role in [role for role in Audience.values if role in audience and role in member.roles][:1]
    ]
    if company.billing_email and Audience.BILLING_ADDRESS in audience:
        found.append(Recipient(company.billing_email, None, company.name, company.language, Audience.BILLING_ADDRESS))
    if notice.user_id is not None and Audience.USER in audience:
        billed = company.memberships.active().filter(user_id=notice.user_id)
        found.extend(_person(member, Audience.USER) for member in billed.select_related("user"))
    found.extend(Recipient(address, None, company.name, "", COPY) for address in cc)
    by_address: dict[str, Recipient] = {}
    for recipient in found:
        by_address.setdefault(recipient.address.lower(), recipient)
    return list(by_address.values())


def _person(member: Membership, role: str) -> Recipient:
    return Recipient(member.user.email, member.user.pk, member.name, member.language, str(role))
