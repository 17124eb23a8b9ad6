"""One result per actor, operation and key (I17): a double submit has one effect.

A key is claimed once for an act: by the verb, or by whoever calls it and does more in the same transaction; the verb is
then called without a key.
"""

import hashlib
import json
from datetime import datetime

from django.db import connection, transaction

from core.actors import Actor
from core.errors import DuplicateRequest
from core.models import IdempotencyRecord

_ENCODER = json.JSONEncoder(sort_keys=True, default=str)


def fingerprint(body: object) -> str:
    """SHA-256 of the request's meaning; keys are sorted, so that order does not matter."""
    return hashlib.sha256(_ENCODER.encode(body).encode()).hexdigest()


def claim(*, actor: Actor, operation: str, key: str | None, body: object, now: datetime) -> IdempotencyRecord | None:
    """Take the key for this transaction, as its first statement; without one, the caller claimed the act as a whole.

    Returns None when it is ours, or the stored record of the first time. Raises DuplicateRequest when the same key
    came with another body. A rolled-back transaction gives the key back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an idempotency key is claimed inside the transaction that it protects")
    if key is None:
        return None
    digest = fingerprint(body)
    who = actor.user_id or 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencyrecord"
            " (marketplace_id, actor_id, operation, key, body_hash, result, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [actor.marketplace_id, who, operation, key, digest, "{}", now],
        )
        if cursor.rowcount == 1:
            return None
    record = IdempotencyRecord.objects.get(
        marketplace_id=actor.marketplace_id, actor_id=who, operation=operation, key=key
    )
    if record.body_hash != digest:
        raise DuplicateRequest
    return record


def remember(*, actor: Actor, operation: str, key: str | None, result: dict[str, object]) -> None:
    """Store what the operation made, as ids, for whoever repeats the request."""
    if key is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_idempotencyrecord SET result = %s"
            " WHERE marketplace_id = %s AND actor_id = %s AND operation = %s AND key = %s",
            [json.dumps(result), actor.marketplace_id, actor.user_id or 0, operation, key],
        )
