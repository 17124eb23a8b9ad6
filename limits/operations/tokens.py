"""Tokens by which a checkout asks: made and revoked by people, shown once, known afterwards by their digest alone."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from core import audit
from core.actors import Actor
from core.checks import check_text
from core.locking import lock_one
from limits.domain.refusals import TokenNameTaken, TokenRevoked
from limits.models import CheckoutToken

PERMISSION = "settings.change"
PREFIX = "offset_checkout_"
LONGEST_NAME = 80


def digest_of(token: str) -> str:
    """What is stored of a token: it has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_token(*, name: str, actor: Actor, now: datetime) -> tuple[CheckoutToken, str]:
    """A new token of the actor's marketplace, and its text, which nobody can read again."""
    name = check_text(name, longest=LONGEST_NAME, field="name", required=True)
    if CheckoutToken.objects.filter(marketplace_id=actor.marketplace_id, name=name, revoked_at__isnull=True).exists():
        raise TokenNameTaken(field="name")
    text = f"{PREFIX}{secrets.token_urlsafe(32)}"
    row = CheckoutToken.objects.create(
        marketplace_id=actor.marketplace_id, name=name, digest=digest_of(text), ending=text[-4:], created_at=now,
        created_by_id=actor.user_id,
    )  # fmt: skip
    audit.record(actor=actor, verb="checkout_token.made", obj=row, after={"name": name, "ending": row.ending}, now=now)
    return row, text


def may_revoke(token: CheckoutToken) -> bool:
    """Whether it still works."""
    return token.revoked_at is None


def check_revoke(token: CheckoutToken) -> None:
    """Ask the guard of revoking."""
    if not may_revoke(token):
        raise TokenRevoked


@transaction.atomic
def revoke_token(*, token: CheckoutToken, actor: Actor, now: datetime) -> CheckoutToken:
    """Let nothing ask by this token any more, at once."""
    row = lock_one(CheckoutToken.objects.filter(pk=token.pk, marketplace_id=actor.marketplace_id))
    check_revoke(row)
    row.revoked_at, row.revoked_by_id = now, actor.user_id
    row.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(actor=actor, verb="checkout_token.revoked", obj=row, after={"name": row.name}, now=now)
    return row
