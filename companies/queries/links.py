"""Links that prove an address: mailed to it, and to nobody else, they set a password once."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from companies.models import Membership, User


class _Tokens(PasswordResetTokenGenerator):
    """Good for three days, one password, one address and one invitation: a change of any makes a token void."""

    key_salt = "companies.links"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        named: Link = user
        proved = named.user.proved_at
        return f"{super()._make_hash_value(named.user, timestamp)} {proved} {named.place}"


_TOKENS = _Tokens()


@dataclass(frozen=True, slots=True)
class Link:
    """Whose address a link proves, and the invitation that using it accepts, if it was mailed for one."""

    user: User
    membership: Membership | None = None

    @property
    def place(self) -> str:
        """Its name in the address: the person, and the invitation."""
        return f"{self.user.pk}.{self.membership.pk}" if self.membership else str(self.user.pk)

    def address(self) -> str:
        """The whole address, with a new token; whoever has it can set the password, so it goes by mail only."""
        place = urlsafe_base64_encode(force_bytes(self.place))
        token = _TOKENS.make_token(self)  # type: ignore[arg-type]
        return f"{settings.PUBLIC_URL}{reverse('companies:set_password', args=[place, token])}"

    def holds(self, token: str) -> bool:
        """Whether this token is one that was mailed, and still counts."""
        if not self.user.is_active or (self.membership is not None and not _waits(self.membership)):
            return False
        return _TOKENS.check_token(self, token)  # type: ignore[arg-type]


def link_at(place: str) -> Link | None:
    """The link that an address names, whatever its token; None for nonsense."""
    try:
        person, _dot, invitation = urlsafe_base64_decode(place).decode("ascii").partition(".")
        ids = [int(each) for each in (person, invitation) if each]
    except ValueError:
        return None
    if not all(0 < each < 2**63 for each in ids) or not person:
        return None
    user = User.objects.filter(pk=ids[0]).first()
    if user is None or not invitation:
        return Link(user) if user else None
    membership = Membership.objects.filter(pk=ids[-1], user=user).select_related("company").first()
    return Link(user, membership) if membership else None


def _waits(membership: Membership) -> bool:
    return membership.is_active and membership.accepted_at is None and membership.company.is_active
