"""First passwords: who may be handed a link to set one, and the link."""

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from companies.models import Membership, User


def may_hand_link(membership: Membership) -> bool:
    """Whether this marketplace may give the person a link to set a first password.

    Only for an account that never had one, and only where it was made: whoever hands out the link can use it, and
    a second marketplace must not get into the rights that the first one gave.
    """
    user = membership.user
    if user.has_usable_password() or not (membership.is_active and user.is_active):
        return False
    first = user.memberships.order_by("pk").values_list("company__marketplace_id", flat=True).first()
    return first == membership.company.marketplace_id


def first_password_path(user: User) -> str:
    """The address where the person sets a password, once, within three days."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("companies:set_password", args=[uid, default_token_generator.make_token(user)])
