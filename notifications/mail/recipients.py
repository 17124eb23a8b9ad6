"""Whom a notice is mailed to: the payer's own people, or the marketplace's staff; never anybody else's."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from companies.domain.roles import STAFF, Role
from companies.models import Company, Marketplace, Membership
from companies.queries.people import billing_contacts, name_in
from notifications.domain.kinds import Notice, NotificationKind
from notifications.models import Audience, Delivery
from notifications.queries import Decision, went_to

COPY = "copy"
"""What somebody is who only gets a copy."""
STAFF_SIDE = "staff"
"""What somebody is who gets it as manager or finance of the marketplace."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address, whose it is if it is a person's, how to greet, the language that they asked for, and as what."""

    address: str
    user_id: int | None
    name: str
    language: str
    role: str


def recipients_of(kind: NotificationKind, notice: Notice, decision: Decision) -> list[Recipient]:
    """Whom a notice goes to, as things are now."""
    return meant_for(kind, Company.objects.get(pk=notice.company_id), notice.user_id, decision)


def meant_for(
    kind: NotificationKind, company: Company, billed_user_id: int | None, decision: Decision
) -> list[Recipient]:
    """Whom mails of a kind about a company go to, by what the marketplace decided."""
    if not kind.to_staff:
        return recipients_at(company, billed_user_id, audience=decision.audience, cc=decision.cc)
    people = [_person(member, STAFF_SIDE) for member in finance_of(company.marketplace)]
    return _once([*people, *_copies(company, decision.cc)])


def staff_of(marketplace: Marketplace) -> list[Membership]:
    """Everybody who works for the marketplace, with their accounts."""
    inside = Membership.objects.filter(company__marketplace=marketplace, company__kind=Company.Kind.OPERATOR)
    rows = inside.active().select_related("user", "company").order_by("pk")
    return [row for row in rows if not set(STAFF).isdisjoint(row.roles)]


def finance_of(marketplace: Marketplace) -> list[Membership]:
    """Its managers and finance."""
    return [member for member in staff_of(marketplace) if not {Role.MANAGER, Role.FINANCE}.isdisjoint(member.roles)]


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
    return _once([*found, *_copies(company, cc)])


def _copies(company: Company, cc: Iterable[str]) -> list[Recipient]:
    return [Recipient(address, None, company.name, "", COPY) for address in cc]


def _once(found: Iterable[Recipient]) -> list[Recipient]:
    """The first for each address."""
    by_address: dict[str, Recipient] = {}
    for recipient in found:
        by_address.setdefault(recipient.address.lower(), recipient)
    return list(by_address.values())


def who_got(first: str, notice: Notice, marketplace_id: int) -> list[Recipient]:
    """Whoever got the ``first`` mail about the same document, or is about to; in the language in which they got it."""
    went = went_to(first, notice.subject_kind, notice.subject_id, marketplace_id)
    return _once(
        Recipient(mail.recipient, mail.user_id, _name_of(mail, marketplace_id), mail.language, mail.role)
        for mail in went.select_related("user", "company").order_by("pk")
    )


def _name_of(mail: Delivery, marketplace_id: int) -> str:
    return name_in(marketplace_id, mail.user) or mail.company.name


def _person(member: Membership, role: str) -> Recipient:
    return Recipient(member.user.email, member.user.pk, member.name, member.language, str(role))
