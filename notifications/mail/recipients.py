"""Whom a notice is mailed to: the payer's own people, and never anybody else's."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from companies.models import Company, Membership
from companies.queries.people import billing_contacts, name_in
from notifications.domain.kinds import Notice
from notifications.models import Audience
from notifications.queries import went_to

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
    """Whom a notice goes to, as things are now."""
    return recipients_at(Company.objects.get(pk=notice.company_id), notice.user_id, audience=audience, cc=cc)


def recipients_at(
    company: Company, billed_user_id: int | None, *, audience: Collection[str], cc: Iterable[str] = ()
) -> list[Recipient]:
    """The payer's people and address that the audience names, then the copies; each once.

    A billed user who is no member of the payer gets nothing: what a reseller owes is hidden from its customer.
    """
    found = [
        _person(member, role)
        for member in billing_contacts(company)
        for role in [role for role in Audience.values if role in audience and role in member.roles][:1]
    ]
    if company.billing_email and Audience.BILLING_ADDRESS in audience:
        found.append(Recipient(company.billing_email, None, company.name, company.language, Audience.BILLING_ADDRESS))
    if billed_user_id is not None and Audience.USER in audience:
        billed = company.memberships.active().filter(user_id=billed_user_id)
        found.extend(_person(member, Audience.USER) for member in billed.select_related("user"))
    found.extend(Recipient(address, None, company.name, "", COPY) for address in cc)
    by_address: dict[str, Recipient] = {}
    for recipient in found:
        by_address.setdefault(recipient.address.lower(), recipient)
    return list(by_address.values())


def who_got(first: str, notice: Notice, marketplace_id: int) -> list[Recipient]:
    """Whoever got the ``first`` mail about the same document, or is about to; in the language in which they got it."""
    went = went_to(first, notice.subject_kind, notice.subject_id, marketplace_id)
    by_address: dict[str, Recipient] = {}
    for mail in went.select_related("user", "company").order_by("pk"):
        name = name_in(marketplace_id, mail.user) or mail.company.name
        found = Recipient(mail.recipient, mail.user_id, name, mail.language, mail.role)
        by_address.setdefault(found.address.lower(), found)
    return list(by_address.values())


def _person(member: Membership, role: str) -> Recipient:
    return Recipient(member.user.email, member.user.pk, member.name, member.language, str(role))
