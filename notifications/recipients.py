"""Whom a notice is mailed to: the payer's own people, and never anybody else's."""

from collections.abc import Iterable
from dataclasses import dataclass

from companies.models import Company, Membership
from companies.queries import billing_contacts
from notifications.kinds import Notice


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address, whose it is if it is a person's, how to greet, and the language that they asked for."""

    address: str
    user_id: int | None
    name: str
    language: str


def recipients_of(notice: Notice, *, cc: Iterable[str] = ()) -> list[Recipient]:
    """The payer's billing and company admins, its billing address, its billed user, then the copies; each once.

    A billed user who is no member of the payer gets nothing: what a reseller owes is hidden from its customer.
    """
    company = Company.objects.get(pk=notice.company_id)
    found = [_person(member) for member in billing_contacts(company)]
    if company.billing_email:
        found.append(Recipient(company.billing_email, None, company.name, company.language))
    if notice.user_id is not None:
        billed = Membership.objects.filter(
            company=company, user_id=notice.user_id, is_active=True, user__is_active=True
        ).select_related("user")
        found.extend(_person(member) for member in billed)
    found.extend(Recipient(address, None, company.name, "") for address in cc)
    by_address: dict[str, Recipient] = {}
    for recipient in found:
        by_address.setdefault(recipient.address.lower(), recipient)
    return list(by_address.values())


def _person(member: Membership) -> Recipient:
    return Recipient(member.user.email, member.user.pk, member.user.name, member.user.language)
